package lazyregexp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestExpressions: each regular expression of a package is compiled when it is first used, and is valid.
func TestExpressions(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "beam" { // a module of its own
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if vars, ok := decl.(*ast.GenDecl); ok && vars.Tok == token.VAR {
				found += expressions(t, path, vars)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d expressions, %v", found, err)
	}
}

// expressions checks the regular expressions of a declaration of a package's variables.
func expressions(t *testing.T, path string, vars *ast.GenDecl) (found int) {
	ast.Inspect(vars, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		function, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch pkg, _ := function.X.(*ast.Ident); {
		case pkg == nil:
		case pkg.Name == "regexp":
			t.Errorf("%s: a start of the program waits for this regexp.%s; use lazyregexp.New", path, function.Sel.Name)
		case pkg.Name == "lazyregexp":
			found++
			text, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
			if err == nil {
				_, err = regexp.Compile(text)
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return true
	})
	return found
}
