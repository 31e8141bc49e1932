// SPDX-License-Identifier: Apache-2.0

package standalone

import (
	"crypto"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/pkiutil"
)

// Everything but the CA and the token key is signed anew at each start, so this need only outlast one run.
const validity = 10 * 365 * 24 * time.Hour

const slowestClock = 24 * time.Hour

type keys struct {
	dir string
	ca  *x509.Certificate
	key crypto.Signer
}

// loadKeys reads the CA and the key that signs tokens, or makes them on the first start, and signs a certificate for
// every name and address that this server has now.
func loadKeys(data string, bind net.IP, names []string) (*keys, error) {
	k := &keys{dir: filepath.Join(data, "pki")}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if pkiutil.CertOrKeyExist(k.dir, "ca") {
		k.ca, k.key, err = pkiutil.TryLoadCertAndKeyFromDisk(k.dir, "ca")
	} else if k.ca, k.key, err = pkiutil.NewCertificateAuthority(authority()); err == nil {
		err = pkiutil.WriteCertAndKey(k.dir, "ca", k.ca, k.key)
	}
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(k.tokenKey()); os.IsNotExist(err) {
		pem, err := keyutil.MakeEllipticPrivateKeyPEM()
		if err != nil {
			return nil, err
		}
		if err := keyutil.WriteKey(k.tokenKey(), pem); err != nil {
			return nil, err
		}
	}
	serving := certificate("kerrighed-apiserver")
	serving.Usages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	serving.AltNames = altNames(bind, names)
	cert, key, err := pkiutil.NewCertAndKey(k.ca, k.key, serving)
	if err != nil {
		return nil, err
	}
	return k, pkiutil.WriteCertAndKey(k.dir, "serving", cert, key)
}

// authority is valid from before now, and with it what it signs: a PC's clock may be hours behind when it joins, for
// one because it keeps local time.
func authority() *pkiutil.CertConfig {
	config := certificate("kerrighed-ca")
	config.NotBefore = time.Now().Add(-slowestClock)
	return config
}

func certificate(name string) *pkiutil.CertConfig {
	return &pkiutil.CertConfig{
		Config:              certutil.Config{CommonName: name},
		NotAfter:            time.Now().Add(validity),
		EncryptionAlgorithm: kubeadm.EncryptionAlgorithmECDSAP256,
	}
}

func altNames(bind net.IP, names []string) certutil.AltNames {
	alt := certutil.AltNames{DNSNames: []string{"localhost"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	if host, err := os.Hostname(); err == nil {
		names = append([]string{host}, names...)
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			alt.IPs = append(alt.IPs, ip)
		} else {
			alt.DNSNames = append(alt.DNSNames, name)
		}
	}
	if !bind.IsUnspecified() {
		alt.IPs = append(alt.IPs, bind)
	} else if addresses, err := net.InterfaceAddrs(); err == nil {
		for _, address := range addresses {
			if network, ok := address.(*net.IPNet); ok {
				alt.IPs = append(alt.IPs, network.IP)
			}
		}
	}
	pkiutil.RemoveDuplicateAltNames(&alt)
	return alt
}

func (k *keys) caFile() string      { return filepath.Join(k.dir, "ca.crt") }
func (k *keys) servingCert() string { return filepath.Join(k.dir, "serving.crt") }
func (k *keys) servingKey() string  { return filepath.Join(k.dir, "serving.key") }
func (k *keys) tokenKey() string    { return filepath.Join(k.dir, "tokens.key") }

// writeKubeconfig gives whoever can read the file every right; it appears whole or not at all.
func (k *keys) writeKubeconfig(path, url string) error {
	admin := certificate("kerrighed-admin")
	admin.Organization = []string{"system:masters"}
	admin.Usages = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	cert, key, err := pkiutil.NewCertAndKey(k.ca, k.key, admin)
	if err != nil {
		return err
	}
	pem, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	config := api.NewConfig()
	config.Clusters["kerrighed"] = &api.Cluster{Server: url, CertificateAuthorityData: pkiutil.EncodeCertPEM(k.ca)}
	config.AuthInfos["admin"] = &api.AuthInfo{ClientCertificateData: pkiutil.EncodeCertPEM(cert), ClientKeyData: pem}
	config.Contexts["kerrighed"] = &api.Context{Cluster: "kerrighed", AuthInfo: "admin"}
	config.CurrentContext = "kerrighed"
	text, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
