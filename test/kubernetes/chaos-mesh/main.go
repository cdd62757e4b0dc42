// Names the programs of Chaos Mesh that chaos-mesh.sh compiles, so that go.mod keeps their versions.
//go:build tools

package main

import (
	_ "github.com/chaos-mesh/chaos-mesh/cmd/chaos-controller-manager"
	_ "github.com/chaos-mesh/chaos-mesh/cmd/chaos-daemon"
)
