// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// command runs the server's program with a command that ends by itself.
func command(data string, args ...string) (string, error) {
	c := exec.Command(os.Args[0], append([]string{"--data", data}, args...)...)
	c.Env = append(os.Environ(), role+"=apiserver")
	out, err := c.CombinedOutput()
	return string(out), err
}

func backedUpServer(t *testing.T, data, file string) (token string, version int) {
	t.Helper()
	p := start(t, data)
	p.kubectl("create", "configmap", "kept", "--from-literal=value=42")
	p.kubectl("create", "serviceaccount", "node")
	token = strings.TrimSpace(p.kubectl("create", "token", "node"))
	if out, err := command(data, "backup", file); err != nil {
		t.Fatalf("backup: %v\n%s", err, out)
	}
	p.kubectl("create", "configmap", "later")
	version = resourceVersion(t, p, "later")
	p.stop()
	return token, version
}

func resourceVersion(t *testing.T, p *process, configMap string) int {
	t.Helper()
	text := p.kubectl("get", "configmap", configMap, "-o", "jsonpath={.metadata.resourceVersion}")
	version, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestARestoredServerGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	token, before := backedUpServer(t, filepath.Join(dir, "first"), file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup, which has keys in it: %v, %v", info, err)
	}

	second := filepath.Join(dir, "second")
	if out, err := command(second, "restore", file); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	p := start(t, second)
	p.kubectl("get", "configmap", "kept")
	if out, err := p.try("", "get", "configmap", "later"); err == nil {
		t.Errorf("has what was made after the backup:\n%s", out)
	}
	if out := p.kubectl("auth", "whoami", "--token", token, "--kubeconfig", withoutUser(t, p.kubeconfig)); !strings.Contains(out, "default:node") {
		t.Errorf("a token from before the backup is of:\n%s", out)
	}
	p.kubectl("create", "configmap", "new")
	if after := resourceVersion(t, p, "new"); after <= before {
		t.Errorf("goes back in time: version %d after %d", after, before)
	}
	p.stop()
	for _, path := range []string{second, filepath.Join(second, "pki"), filepath.Join(second, "etcd")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestWhatCannotBeRestoredLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, first := filepath.Join(dir, "backup"), filepath.Join(dir, "first")
	backedUpServer(t, first, file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), whole...)
	flipped[len(flipped)/2] ^= 1
	for name, content := range map[string][]byte{
		"half":    whole[:len(whole)/2],
		"cut":     whole[:len(whole)-8],
		"flipped": flipped,
		"other":   []byte("something else"),
	} {
		damaged, data := filepath.Join(dir, name), filepath.Join(dir, name+"-data")
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := command(data, "restore", damaged); err == nil || !strings.Contains(out, "no whole backup") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if _, err := os.Stat(data); !os.IsNotExist(err) {
			t.Errorf("%s: leaves %s", name, data)
		}
	}
	if out, err := command(first, "restore", file); err == nil || !strings.Contains(out, "is not empty") {
		t.Errorf("over a store: %v\n%s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("leaves %q", left)
	}
	p := start(t, first)
	p.kubectl("get", "configmap", "later")
	p.stop()
}

func TestBackupNeedsARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	if out, err := command(dir, "backup", file); err == nil || !strings.Contains(out, "start it first") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Error("leaves a file")
	}
}
