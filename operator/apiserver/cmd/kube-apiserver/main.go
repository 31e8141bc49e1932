// SPDX-License-Identifier: Apache-2.0

// kube-apiserver is upstream's, with pods, nodes and services, started as kerrighed-apiserver is: the tests show with it
// that the operator runs on any Kubernetes.
package main

import (
	"context"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	kubeoptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"k8s.io/kubernetes/pkg/controlplane/apiserver/options"

	"github.com/kerrighed/kerrighed/operator/apiserver/internal/standalone"
)

func main() { standalone.Main(upstream) }

func upstream(ctx context.Context, set func(*options.Options)) (*aggregator.APIAggregator, *rest.Config, error) {
	settings := kubeoptions.NewServerRunOptions()
	set(settings.Options)
	completed, err := settings.Complete(ctx)
	if err != nil {
		return nil, nil, err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return nil, nil, utilerrors.NewAggregate(errs)
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return nil, nil, err
	}
	complete, err := config.Complete()
	if err != nil {
		return nil, nil, err
	}
	chain, err := app.CreateServerChain(complete)
	return chain, complete.KubeAPIs.ControlPlane.Generic.LoopbackClientConfig, err
}
