// SPDX-License-Identifier: Apache-2.0

// kerrighed-apiserver is a complete Kubernetes API without pods, nodes and services: upstream's generic control plane.
package main

import (
	"context"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver"
	"k8s.io/kubernetes/pkg/controlplane/apiserver/options"
	generic "k8s.io/kubernetes/pkg/controlplane/apiserver/samples/generic/server"

	"github.com/kerrighed/kerrighed/operator/apiserver/internal/standalone"
)

func main() { standalone.Main(upstream) }

func upstream(ctx context.Context, set func(*options.Options)) (*aggregator.APIAggregator, *rest.Config, error) {
	settings := generic.NewOptions()
	set(settings)
	completed, err := settings.Complete(ctx, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return nil, nil, utilerrors.NewAggregate(errs)
	}
	config, err := generic.NewConfig(completed)
	if err != nil {
		return nil, nil, err
	}
	complete, err := config.Complete()
	if err != nil {
		return nil, nil, err
	}
	chain, err := generic.CreateServerChain(complete)
	return chain, complete.ControlPlane.Generic.LoopbackClientConfig, err
}
