// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

const role = "KERRIGHED_TEST_ROLE"

// The test binary is also the two programs that it tests, so that they run as processes of their own.
func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "apiserver":
		main()
	case "kubectl":
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	default:
		os.Exit(m.Run())
	}
}

type process struct {
	t          *testing.T
	cmd        *exec.Cmd
	stderr     bytes.Buffer
	kubeconfig string
}

func start(t *testing.T, data string, args ...string) *process {
	t.Helper()
	p := &process{t: t}
	p.cmd = exec.Command(os.Args[0], append([]string{"--data", data, "--port", "0"}, args...)...)
	p.cmd.Env = append(os.Environ(), role+"=apiserver")
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Its directory is deleted next.
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("ended before it was ready: %v\n%s", err, p.stderr.String())
	}
	if _, err := fmt.Sscanf(line, "ready %s %s", new(string), &p.kubeconfig); err != nil {
		t.Fatalf("said %q: %v", line, err)
	}
	return p
}

func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("did not stop well: %v\n%s", err, p.stderr.String())
	}
}

// try runs kubectl; input may be empty.
func (p *process) try(input string, args ...string) (string, error) {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), role+"=kubectl", "KUBECONFIG="+p.kubeconfig, "HOME="+p.t.TempDir())
	c.Stdin = strings.NewReader(input)
	out, err := c.CombinedOutput()
	return string(out), err
}

func (p *process) kubectl(args ...string) string {
	p.t.Helper()
	out, err := p.try("", args...)
	if err != nil {
		p.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func TestServesKubectlAndKeepsItsStore(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "store")
	first := start(t, data)
	first.kubectl("create", "namespace", "kept")
	first.kubectl("create", "configmap", "-n", "kept", "answer", "--from-literal=value=42")
	first.kubectl("create", "serviceaccount", "-n", "kept", "node")
	token := strings.TrimSpace(first.kubectl("create", "token", "-n", "kept", "node"))
	if version := first.kubectl("version"); strings.Contains(version, "v0.0.0") {
		t.Errorf("built without its version:\n%s", version)
	}
	first.stop()

	second := start(t, data)
	if value := second.kubectl("get", "configmap", "-n", "kept", "answer", "-o", "jsonpath={.data.value}"); value != "42" {
		t.Errorf("the store has %q, not 42", value)
	}
	whoami := second.kubectl("auth", "whoami", "--token", token, "--kubeconfig", withoutUser(t, second.kubeconfig))
	if !strings.Contains(whoami, "system:serviceaccount:kept:node") {
		t.Errorf("a token from before the restart is of:\n%s", whoami)
	}
	second.kubectl("delete", "namespace", "kept", "--timeout=60s")
	second.stop()
}

// withoutUser copies a kubeconfig with nobody in it: a client certificate would win over a token.
func withoutUser(t *testing.T, kubeconfig string) string {
	t.Helper()
	text, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.Contains(line, "client-certificate-data") && !strings.Contains(line, "client-key-data") {
			kept = append(kept, line)
		}
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(strings.Join(kept, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := start(t, data)
	first.kubectl("create", "configmap", "answer", "--from-literal=value=42")
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	first.cmd.Wait()

	second := start(t, data)
	second.kubectl("get", "configmap", "answer")
	second.stop()
}

func TestKeepsItsSecretsToItself(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "store")
	p := start(t, data)
	for path, mode := range map[string]os.FileMode{
		data:                                  0o700,
		filepath.Join(data, "pki"):            0o700,
		filepath.Join(data, "etcd"):           0o700,
		filepath.Join(data, "pki/ca.key"):     0o600,
		filepath.Join(data, "pki/tokens.key"): 0o600,
		p.kubeconfig:                          0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, not %o", path, info.Mode().Perm(), mode)
		}
	}
	if out, err := p.try("", "get", "namespaces", "--kubeconfig", withoutUser(t, p.kubeconfig), "--token", "guess"); err == nil {
		t.Errorf("let a stranger in:\n%s", out)
	}
	p.stop()
}

func TestRefusesADirectoryInUse(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := start(t, data)
	second := exec.Command(os.Args[0], "--data", data, "--port", "0")
	second.Env = append(os.Environ(), role+"=apiserver")
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another kerrighed-apiserver") {
		t.Errorf("second server: %v\n%s", err, out)
	}
	p.stop()
}

func TestServesTheNamesGiven(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "--names", "10.11.12.13,control.example")
	for _, name := range []string{"10.11.12.13", "control.example", "localhost"} {
		p.kubectl("get", "--raw", "/readyz", "--tls-server-name", name)
	}
	if out, err := p.try("", "get", "--raw", "/readyz", "--tls-server-name", "other.example"); err == nil {
		t.Errorf("serves a name that it was not given:\n%s", out)
	}
	p.stop()
}

func TestTellsSystemdWhenTheKubeconfigIsThere(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	p := start(t, t.TempDir())
	message := make([]byte, 64)
	n, err := listener.Read(message)
	if err != nil || string(message[:n]) != "READY=1" {
		t.Errorf("systemd hears %q, %v", message[:n], err)
	}
	if _, err := os.Stat(p.kubeconfig); err != nil {
		t.Error(err)
	}
	p.stop()
}

func TestGivesOutNoTokenForMoreThanAMonth(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.kubectl("create", "serviceaccount", "node")
	token := strings.Split(strings.TrimSpace(p.kubectl("create", "token", "node", "--duration", "8760h")), ".")
	payload, err := base64.RawURLEncoding.DecodeString(token[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Iat, Exp int64 }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if lifetime := time.Duration(claims.Exp-claims.Iat) * time.Second; lifetime > 30*24*time.Hour {
		t.Errorf("gives out a token for %s", lifetime)
	}
	p.stop()
}

func TestArgumentsAreChecked(t *testing.T) {
	for _, args := range [][]string{{}, {"--data", "x", "--bind", "host"}, {"--data", "x", "more"}, {"--data", "x", "backup"}} {
		c := exec.Command(os.Args[0], args...)
		c.Env = append(os.Environ(), role+"=apiserver")
		out, err := c.CombinedOutput()
		var ended *exec.ExitError
		if !errors.As(err, &ended) || ended.ExitCode() != 2 || !bytes.HasPrefix(out, []byte("kerrighed-apiserver: ")) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
