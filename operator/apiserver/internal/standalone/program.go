// SPDX-License-Identifier: Apache-2.0

// Package standalone is the program of an API server that needs nothing else: it makes its keys, has its store in the
// same process, and runs the two upstream controllers without which deletion never ends. Which API is served is up to
// the programs in cmd.
package standalone

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/version"
	"k8s.io/klog/v2"
)

type options struct {
	data    string
	bind    net.IP
	port    int
	names   []string
	verbose bool
	command string // empty to serve
	file    string
}

// Main is the whole program; it ends the process when something goes wrong.
func Main(upstream Upstream) {
	o, err := parse(os.Args[1:])
	if err == flag.ErrHelp {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kerrighed-apiserver:", err)
		os.Exit(2)
	}
	logs{o.verbose}.starting()
	ctx := genericapiserver.SetupSignalContext()
	switch o.command {
	case "backup":
		err = backup(ctx, o)
	case "restore":
		err = restore(o)
	default:
		err = run(ctx, o, upstream)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kerrighed-apiserver:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	var bind, names string
	flags := flag.NewFlagSet("kerrighed-apiserver", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: kerrighed-apiserver --data DIRECTORY [options] [backup FILE | restore FILE]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.data, "data", "", "`directory` of the store, the keys and admin.kubeconfig; made if missing")
	flags.StringVar(&bind, "bind", "127.0.0.1", "`address` to listen on; 0.0.0.0 for all")
	flags.IntVar(&o.port, "port", 6443, "`port` to listen on; 0 for any free one")
	flags.StringVar(&names, "names", "", "more host `names or addresses`, comma separated, that clients use for this server")
	flags.BoolVar(&o.verbose, "verbose", false, "log what the server does, not only what goes wrong")
	showVersion := flags.Bool("version", false, "print the version and exit")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *showVersion {
		fmt.Println("Kubernetes", version.Get().GitVersion)
		return o, flag.ErrHelp
	}
	if err := o.parseCommand(flags.Args()); err != nil {
		return o, err
	}
	if o.data == "" {
		return o, fmt.Errorf("--data is needed: the directory of the store")
	}
	if o.bind = net.ParseIP(bind); o.bind == nil {
		return o, fmt.Errorf("--bind %q is not an IP address", bind)
	}
	if names != "" {
		o.names = strings.Split(names, ",")
	}
	var err error
	o.data, err = filepath.Abs(o.data)
	return o, err
}

func (o *options) parseCommand(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if args[0] != "backup" && args[0] != "restore" {
		return fmt.Errorf("unexpected argument %q: backup FILE and restore FILE are known", args[0])
	}
	if len(args) != 2 {
		return fmt.Errorf("%s takes one argument, the file", args[0])
	}
	var err error
	o.command = args[0]
	o.file, err = filepath.Abs(args[1])
	return err
}

// logs decides what of upstream's log reaches standard error: mostly it is for its developers.
type logs struct{ verbose bool }

// starting says nothing: parts of the server complain of others that are not there yet, and try again.
func (l logs) starting() {
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	if !l.verbose {
		klog.SetOutput(io.Discard)
		l.set(map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL"})
	}
}

// started says what goes wrong.
func (l logs) started() {
	if !l.verbose {
		l.set(map[string]string{"stderrthreshold": "ERROR"})
	}
}

func (l logs) set(values map[string]string) {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	for name, value := range values {
		_ = flags.Set(name, value)
	}
}

func run(ctx context.Context, o options, upstream Upstream) error {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(o.data, 0o700); err != nil {
		return err
	}
	unlock, err := lock(o.data)
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := net.Listen("tcp", net.JoinHostPort(o.bind.String(), fmt.Sprint(o.port)))
	if err != nil {
		return err
	}
	defer listener.Close()
	keys, err := loadKeys(o.data, o.bind, o.names)
	if err != nil {
		return err
	}
	etcd, err := startEtcd(o.data)
	if err != nil {
		return err
	}
	defer etcd.Close()
	server, err := newServer(ctx, o, upstream, listener, keys)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Upstream would tell systemd before there is a kubeconfig.
	notify := os.Getenv("NOTIFY_SOCKET")
	os.Unsetenv("NOTIFY_SOCKET")
	go func() {
		err := server.announce(ctx, os.Stdout)
		if err == nil && notify != "" {
			os.Setenv("NOTIFY_SOCKET", notify)
			_, err = daemon.SdNotify(true, daemon.SdNotifyReady)
		}
		logs{o.verbose}.started()
		if err != nil && ctx.Err() == nil {
			klog.Error(err)
			cancel()
		}
	}()
	return server.run(ctx)
}
