# Reads a coverage profile of several test binaries. A statement counts as covered when any of them ran
# it. Prints each top folder's share, and fails when one is below the least, -v least=PERCENT.
NR > 1 {
	split($1, place, ":")
	sub(/^github.com\/sigdiff\/sigdiff\//, "", place[1])
	split(place[1], folders, "/")
	statements[$1] = $2
	folder[$1] = folders[1]
	if ($3 > 0) covered[$1] = 1
}
END {
	for (block in statements) {
		all[folder[block]] += statements[block]
		if (block in covered) ran[folder[block]] += statements[block]
	}
	for (name in all) {
		share = 100 * ran[name] / all[name]
		low = share < least
		printf "%-10s %5.1f%% of %d statements%s\n", name, share, all[name], low ? ": below " least "%" : ""
		failed = failed || low
	}
	exit failed || !NR
}
