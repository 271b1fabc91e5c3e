package gotest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// comparers are the functions of package strings, bytes and others that compare two
// of their arguments.
var comparers = map[string]bool{
	"EqualFold": true, "Equal": true, "HasPrefix": true, "HasSuffix": true, "Contains": true, "Index": true, "Cut": true,
	"CutPrefix": true, "CutSuffix": true, "TrimPrefix": true, "TrimSuffix": true, "Compare": true,
}

// Compared returns the strings, sorted, with which the source of the packages that
// patterns mean compares others: in ==, switch, tables, and the functions of package
// strings. They are words that the target waits for. It reads the source, and so
// costs a campaign nothing; what is put together when the target runs is not seen.
func Compared(ctx context.Context, where, tags string, patterns []string) ([]string, error) {
	args := append([]string{"list", "-e", "-tags=" + tags, "-json=Dir,GoFiles,CgoFiles", "--"}, patterns...)
	out, err := goTool(ctx, where, args...)
	if err != nil {
		return nil, err
	}
	s := &comparisons{consts: map[string]string{}, words: map[string]bool{}}
	var files []*ast.File
	fset := token.NewFileSet()
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var l struct {
			Dir               string
			GoFiles, CgoFiles []string
		}
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for _, name := range slices.Concat(l.GoFiles, l.CgoFiles) {
			f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				continue // the compiler will say it
			}
			files = append(files, f)
		}
	}
	for _, visit := range []func(ast.Node) bool{s.constant, s.comparison} {
		for _, f := range files {
			ast.Inspect(f, visit)
		}
	}
	words := make([]string, 0, len(s.words))
	for w := range s.words {
		words = append(words, w)
	}
	slices.Sort(words)
	return words, nil
}

// comparisons is what is found in the source of packages.
type comparisons struct {
	consts map[string]string // by name, whichever package has it
	words  map[string]bool
}

// constant notes the value of constants that are strings.
func (s *comparisons) constant(n ast.Node) bool {
	d, ok := n.(*ast.GenDecl)
	if !ok || d.Tok != token.CONST {
		return true
	}
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		for i, name := range v.Names {
			if i < len(v.Values) {
				if text, ok := s.value(v.Values[i]); ok {
					s.consts[name.Name] = text
				}
			}
		}
	}
	return true
}

// comparison notes the constant side of comparisons.
func (s *comparisons) comparison(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			s.note(n.X, n.Y)
		}
	case *ast.CaseClause:
		s.note(n.List...)
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && comparers[f.Sel.Name] {
			s.note(n.Args...)
		}
	case *ast.CompositeLit:
		if _, ok := n.Type.(*ast.MapType); ok {
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					s.note(kv.Key)
				}
			}
		}
	}
	return true
}

func (s *comparisons) note(all ...ast.Expr) {
	for _, e := range all {
		if text, ok := s.value(e); ok {
			s.words[text] = true
		}
	}
}

// value returns the string that e stands for, if that can be seen.
func (s *comparisons) value(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.Ident:
		text, ok = s.consts[e.Name]
	case *ast.SelectorExpr:
		text, ok = s.consts[e.Sel.Name]
	case *ast.ParenExpr:
		return s.value(e.X)
	case *ast.CallExpr: // a conversion, such as []byte("x")
		if len(e.Args) == 1 {
			return s.value(e.Args[0])
		}
	case *ast.BinaryExpr:
		a, fine := s.value(e.X)
		b, too := s.value(e.Y)
		return a + b, e.Op == token.ADD && fine && too
	}
	return text, ok
}
