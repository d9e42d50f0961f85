// Reads a ledger folder with the Go project's own note and tlog packages (golang.org/x/mod/sumdb), which know nothing of this project:
// the signed checkpoint, every entry bundle against the tiles, and an inclusion proof for every entry.
//
//	go run log.go LEDGER_FOLDER LOG_VKEY_FILE
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

func check(err error, what string) {
	if err != nil {
		fmt.Printf("✗ %s: %v\n", what, err)
		os.Exit(1)
	}
}

// C2SP tlog-tiles: groups of three digits, all but the last behind an x; the height is not part of the path.
func tilePath(level string, n int64, w int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for rest := n / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if w < width {
		path += fmt.Sprintf(".p/%d", w)
	}
	return filepath.Join("tile", level, path)
}

type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		tile, err := os.ReadFile(filepath.Join(string(f), tilePath(strconv.Itoa(t.L), t.N, t.W)))
		if err != nil {
			return nil, err
		}
		data = append(data, tile)
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) entries(size int64) (all [][]byte) {
	for n := int64(0); n*width < size; n++ {
		w := int(size - n*width)
		if w > width {
			w = width
		}
		bundle, err := os.ReadFile(filepath.Join(string(f), tilePath("entries", n, w)))
		check(err, "entry bundle")
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return all
}

func main() {
	ledger := folder(os.Args[1])
	vkeys, err := os.ReadFile(os.Args[2])
	check(err, "log.vkey")
	var known []note.Verifier
	for _, vkey := range strings.Fields(string(vkeys)) {
		verifier, err := note.NewVerifier(vkey)
		check(err, "log.vkey")
		known = append(known, verifier)
	}
	text, err := os.ReadFile(filepath.Join(string(ledger), "checkpoint"))
	check(err, "checkpoint")
	signed, err := note.Open(text, note.VerifierList(known...))
	check(err, "checkpoint")
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err, "root")
	fmt.Printf("✓ checkpoint of %s signed by %d of its keys, size %d\n", lines[0], len(signed.Sigs), size)

	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	reader := tlog.TileHashReader(tree, ledger)
	entries := ledger.entries(size)
	if int64(len(entries)) != size {
		check(fmt.Errorf("%d entries", len(entries)), "entry bundles")
	}
	stored := make([]int64, size)
	for i := range stored {
		stored[i] = tlog.StoredHashIndex(0, int64(i))
	}
	hashes, err := reader.ReadHashes(stored)
	check(err, "tiles")
	for i, entry := range entries {
		hash := tlog.RecordHash(entry)
		if !bytes.Equal(hash[:], hashes[i][:]) {
			check(fmt.Errorf("entry %d", i), "entries and tiles differ")
		}
		proof, err := tlog.ProveRecord(size, int64(i), reader)
		check(err, "proof")
		check(tlog.CheckRecord(proof, size, tree.Hash, int64(i), hash), "inclusion")
	}
	fmt.Printf("✓ %d entries: bundles, tiles, inclusion proofs and root agree\n", size)
}
