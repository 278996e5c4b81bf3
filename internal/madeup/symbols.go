package madeup

import (
	"fmt"
	"strings"
	"sync"
)

// symbol is a made-up function with the place it was compiled from.
type symbol struct {
	function string // as a stack walker prints it
	plain    string // as signature generation leaves it
	source   string // path in the tree, or absolute when it starts with '/'
	lines    [3]int // call sites
	module   module
}

const (
	symbolCount = 30000 // functions of our own tree
	rustShare   = 0.12
	// vocabularySeed is fixed: generated siglists must match generated crashes
	// whatever their seeds.
	vocabularySeed = 20160501
)

// vocabulary makes the symbols that all generated crashes and siglists share,
// most frequent first.
var vocabulary = sync.OnceValue(func() []symbol {
	r := newRNG(vocabularySeed, 0, 0)
	seen := make(map[string]bool, symbolCount)
	symbols := make([]symbol, 0, symbolCount)
	for len(symbols) < symbolCount {
		s := newSymbol(r)
		// Two functions of one name would be one to signatures, and this one twice as frequent.
		if seen[s.plain] {
			continue
		}
		seen[s.plain] = true
		// Few call sites, since crashes of one bug come from one line mostly.
		first := r.between(20, 4000)
		s.lines = [3]int{first, first + r.intn(40), first + r.intn(90)}
		symbols = append(symbols, s)
	}
	return symbols
})

// popularity says how often the symbols of the vocabulary are frames.
var popularity = sync.OnceValue(func() ranks { return zipf(symbolCount, 40, 0.7) })

// newSymbol makes a function in one of the two languages that frames have: others have no rules of their own.
func newSymbol(r *rng) symbol {
	if r.chance(rustShare) {
		return rustSymbol(r)
	}
	return cppSymbol(r)
}

// cppSymbol is written with arguments, and often with what else a C++ name
// carries: const, a return type, template arguments, a lambda, a clone mark.
func cppSymbol(r *rng) symbol {
	where := pick(r, areas)
	class := pick(r, classHeads) + pick(r, classTails)
	if where.namespace == "" {
		class = "ns" + class
	}
	source := fmt.Sprintf("%s/%s.cpp", where.folder, class)
	scope := class
	if where.namespace != "" {
		scope = where.namespace + "::" + class
	}
	s := cppFunction(r, scope, class)
	s.source, s.module = source, moduleXUL
	// As normalisation writes the one of Windows, too.
	s.plain = strings.Replace(s.plain, "`anonymous namespace'", "(anonymous namespace)", 1)
	return s
}

// cppFunction spells a method as compilers do, and as normalising leaves it: generated siglists are about that.
func cppFunction(r *rng, scope, class string) symbol {
	method := pick(r, verbs) + pick(r, objects)
	arguments := "(" + pick(r, argumentLists) + ")"
	template := "<" + pick(r, typeArguments) + ">"
	name := scope + "::" + method
	switch roll := r.intn(100); {
	case roll < 50:
		return symbol{function: name + arguments, plain: name}
	case roll < 60:
		return symbol{function: name + arguments + " const", plain: name}
	case roll < 70:
		return symbol{function: pick(r, returnTypes) + " " + name + arguments, plain: name}
	case roll < 77:
		return symbol{function: scope + template + "::" + method + arguments, plain: scope + "<T>::" + method}
	case roll < 84:
		return symbol{function: name + template + arguments, plain: name + "<T>"}
	case roll < 90:
		lambda := fmt.Sprintf("%s%s::$_%d::operator()%s const", name, arguments, r.intn(30), arguments)
		return symbol{function: lambda, plain: name + "::$::operator()"}
	case roll < 93:
		return symbol{function: fmt.Sprintf("%s::<lambda_%d>::operator()%s const", name, r.between(1, 9), arguments), plain: name + "::<T>::operator()"}
	case roll < 97:
		return symbol{function: scope + "::~" + class + "()", plain: scope + "::~" + class}
	default:
		return symbol{function: fmt.Sprintf("%s%s [clone .cold.%d]", name, arguments, r.intn(300)), plain: name}
	}
}

// rustSymbol spells a function of Rust, with the hash that older manglings have at its end, or without.
func rustSymbol(r *rng) symbol {
	from := pick(r, crates)
	kind := pick(r, rustTypes) + pick(r, classTails)
	name := fmt.Sprintf("%s::%s::%s", from.name, strings.ToLower(kind), pick(r, rustMethods))
	s := symbol{source: from.source, module: moduleXUL}
	switch roll := r.intn(100); {
	case roll < 45:
		s.function, s.plain = name, name
	case roll < 60:
		s.function, s.plain = name+"<E, D>", name+"<T>"
	case roll < 75:
		s.function, s.plain = name+"::{{closure}}", name+"::{{closure}}"
	case roll < 88:
		s.plain = fmt.Sprintf("<%s::%s as core::ops::drop::Drop>::drop", from.name, kind)
		s.function = s.plain
	default:
		s.function, s.plain = fmt.Sprintf("%s::h%016x", name, r.next()), name
	}
	return s
}
