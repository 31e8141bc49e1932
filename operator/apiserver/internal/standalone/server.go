// SPDX-License-Identifier: Apache-2.0

package standalone

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver"
	upstreamoptions "k8s.io/kubernetes/pkg/controlplane/apiserver/options"
)

// Tokens name their issuer: a constant, so that they outlive a change of address or port.
const issuer = "https://apiserver.kerrighed.io"

// As long as a node's agent asks for: a thief gets no longer one.
const longestToken = 30 * 24 * time.Hour

// Upstream makes an API server that runs as soon as it is asked to, and the configuration of a client that may do
// everything on it. It calls set on its options before it completes them.
type Upstream func(ctx context.Context, set func(*upstreamoptions.Options)) (
	chain *aggregator.APIAggregator, loopback *rest.Config, err error)

type server struct {
	chain      *aggregator.APIAggregator
	loopback   *rest.Config
	keys       *keys
	kubeconfig string
	url        string
}

func newServer(ctx context.Context, o options, upstream Upstream, listener net.Listener, k *keys) (*server, error) {
	port := listener.Addr().(*net.TCPAddr).Port
	chain, loopback, err := upstream(ctx, func(settings *upstreamoptions.Options) {
		settings.Etcd.StorageConfig.Transport.ServerList = []string{"unix://" + etcdClient}
		settings.SecureServing.Listener = listener
		settings.SecureServing.BindAddress = o.bind
		settings.SecureServing.BindPort = port
		settings.SecureServing.ServerCert.CertKey.CertFile = k.servingCert()
		settings.SecureServing.ServerCert.CertKey.KeyFile = k.servingKey()
		settings.Authentication.ClientCert.ClientCA = k.caFile()
		settings.Authentication.ServiceAccounts.Issuers = []string{issuer}
		settings.Authentication.ServiceAccounts.KeyFiles = []string{k.tokenKey()}
		settings.Authentication.ServiceAccounts.MaxExpiration = longestToken
		settings.ServiceAccountSigningKeyFile = k.tokenKey()
		settings.Authorization.Modes = []string{"RBAC"}
	})
	if err != nil {
		return nil, err
	}
	loopback = rest.CopyConfig(loopback)
	chain.GenericAPIServer.AddPostStartHookOrDie("deletion-controllers",
		func(hook genericapiserver.PostStartHookContext) error { return startControllers(hook, loopback) })
	return &server{
		chain:      chain,
		loopback:   loopback,
		keys:       k,
		kubeconfig: filepath.Join(o.data, "admin.kubeconfig"),
		url:        "https://" + net.JoinHostPort(clientAddress(o.bind), fmt.Sprint(port)),
	}, nil
}

func clientAddress(bind net.IP) string {
	if bind.IsUnspecified() {
		return "127.0.0.1"
	}
	return bind.String()
}

// run serves until the context ends.
func (s *server) run(ctx context.Context) error {
	prepared, err := s.chain.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

// announce waits until the server answers, then writes the admin's kubeconfig and says so in one line.
func (s *server) announce(ctx context.Context, out io.Writer) error {
	client, err := kubernetes.NewForConfig(s.loopback)
	if err != nil {
		return err
	}
	ready := func(ctx context.Context) (bool, error) {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil, nil
	}
	if err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 5*time.Minute, true, ready); err != nil {
		return fmt.Errorf("not ready after five minutes: %w", err)
	}
	if err := s.keys.writeKubeconfig(s.kubeconfig, s.url); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "ready", s.url, s.kubeconfig)
	return err
}
