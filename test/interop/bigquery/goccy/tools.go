//go:build tools

// Package tools names the program that install.sh builds.
package tools

import _ "github.com/goccy/bigquery-emulator/cmd/bigquery-emulator"
