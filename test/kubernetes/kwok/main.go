// Names the program of kwok that kwok.sh compiles, so that go.mod keeps its version.
//go:build tools

package main

import _ "sigs.k8s.io/kwok/cmd/kwok"
