// SPDX-License-Identifier: Apache-2.0

package standalone

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// etcd wants host:port even for unix sockets, so its sockets are named relative to the working directory.
const etcdClient = "client.sock:0"

// What a restored store must be given again.
const etcdName = "default"

var etcdPeer = url.URL{Scheme: "unix", Host: "peer.sock:0"}

// lock makes sure that one process at a time uses the directory; it would otherwise wait for etcd's own lock in silence.
func lock(data string) (func(), error) {
	file, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s is in use by another kerrighed-apiserver: stop it or choose another --data", data)
	}
	return func() { file.Close() }, nil
}

func startEtcd(data string) (*embed.Etcd, error) {
	if err := os.Chdir(data); err != nil {
		return nil, err
	}
	cfg := embed.NewConfig()
	// What fails is returned; what etcd calls errors besides is that its sockets close when it is stopped.
	cfg.Dir, cfg.LogLevel = "etcd", "fatal"
	cfg.Name = etcdName
	client := url.URL{Scheme: "unix", Host: etcdClient}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{etcdPeer}, []url.URL{etcdPeer}
	cfg.InitialCluster = etcdName + "=" + etcdPeer.String()
	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, fmt.Errorf("store in %s/etcd: %w", data, err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		etcd.Close()
		return nil, fmt.Errorf("store in %s/etcd: %w", data, err)
	case <-time.After(5 * time.Minute):
		etcd.Close()
		return nil, fmt.Errorf("store in %s/etcd not ready after five minutes", data)
	}
}
