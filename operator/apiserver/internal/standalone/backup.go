// SPDX-License-Identifier: Apache-2.0

package standalone

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	client "go.etcd.io/etcd/client/v3/snapshot"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
)

const storeCopy = "store.db"

// Without the keys nobody would trust the restored server, nor it the tokens that it gave out.
var backedUp = []string{storeCopy, "pki/ca.crt", "pki/ca.key", "pki/tokens.key"}

// A watcher that has seen what was written after the backup must not take new changes for old ones.
const revisionBump = 1_000_000_000

// backup copies the store and the keys of a running server into one file, which appears whole or not at all.
func backup(ctx context.Context, o options) error {
	if unlock, err := lock(o.data); err == nil {
		unlock()
		return fmt.Errorf("no kerrighed-apiserver runs on %s: start it first", o.data)
	}
	work, err := os.MkdirTemp(filepath.Dir(o.file), ".backup")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.Chdir(o.data); err != nil {
		return err
	}
	etcd := clientv3.Config{Endpoints: []string{"unix://" + etcdClient}, DialTimeout: 10 * time.Second}
	if _, err := client.SaveWithVersion(ctx, zap.NewNop(), etcd, filepath.Join(work, storeCopy)); err != nil {
		return fmt.Errorf("copy of the store: %w", err)
	}
	fresh := filepath.Join(work, "backup")
	if err := pack(fresh, work, o.data); err != nil {
		return err
	}
	return os.Rename(fresh, o.file)
}

func pack(path, work, data string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed := gzip.NewWriter(file)
	archive := tar.NewWriter(compressed)
	for _, name := range backedUp {
		dir := data
		if name == storeCopy {
			dir = work
		}
		if err := add(archive, filepath.Join(dir, name), name); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close(), file.Sync())
}

func add(archive *tar.Writer, path, name string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

// restore makes the directory of a server from a backup; a server that has a store already keeps it.
func restore(o options) error {
	entries, err := os.ReadDir(o.data)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: stop its kerrighed-apiserver and move the directory away first", o.data)
	}
	if err := os.MkdirAll(filepath.Dir(o.data), 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(o.data), ".restore")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := unpack(o.file, fresh); err != nil {
		return fmt.Errorf("%s is no whole backup: %w", o.file, err)
	}
	peer := etcdPeer.String()
	err = snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath:        filepath.Join(fresh, storeCopy),
		Name:                etcdName,
		OutputDataDir:       filepath.Join(fresh, "etcd"),
		PeerURLs:            []string{peer},
		InitialCluster:      etcdName + "=" + peer,
		InitialClusterToken: "etcd-cluster",
		RevisionBump:        revisionBump,
		MarkCompacted:       true,
	})
	if err != nil {
		return fmt.Errorf("%s is no whole backup: %w", o.file, err)
	}
	if err := os.Remove(filepath.Join(fresh, storeCopy)); err != nil {
		return err
	}
	if err := os.Remove(o.data); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Rename(fresh, o.data)
}

func unpack(path, dir string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "pki"), 0o700); err != nil {
		return err
	}
	archive := tar.NewReader(compressed)
	for missing := slices.Clone(backedUp); ; {
		header, err := archive.Next()
		if err == io.EOF && len(missing) == 0 {
			// To its end, where the checksum is.
			_, err = io.Copy(io.Discard, compressed)
			return err
		}
		if err == io.EOF {
			return fmt.Errorf("it lacks %s", missing[0])
		}
		if err != nil {
			return err
		}
		at := slices.Index(missing, header.Name)
		if at < 0 {
			return fmt.Errorf("it has %q, which no backup has", header.Name)
		}
		missing = slices.Delete(missing, at, at+1)
		if err := extract(archive, filepath.Join(dir, header.Name)); err != nil {
			return err
		}
	}
}

func extract(archive *tar.Reader, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, archive)
	return errors.Join(err, file.Sync(), file.Close())
}
