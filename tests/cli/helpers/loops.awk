# From objdump -d --no-show-raw-insn: "FUNCTION memory-operands spills" of each innermost loop.
function report(	i, j, start, memory, spills, inner) {
	for (i = 1; i <= n; i++) {
		if (!(target[i] in at) || at[target[i]] > i)
			continue
		start = at[target[i]]
		inner = memory = spills = 0
		for (j = start; j <= i; j++) {
			if (j < i && target[j] in at && at[target[j]] <= j && at[target[j]] >= start)
				inner = 1
			if (text[j] ~ /\(/ && text[j] !~ /^(lea|nop|cs nop|data16|prefetch|xchg +%ax,%ax)/)
				memory++
			if (text[j] ~ /\(%rsp/)
				spills++
		}
		if (!inner)
			print name, memory, spills
	}
}

/^[0-9a-f]+ <.*>:$/ {
	name = $2
	gsub(/[<>:]/, "", name)
	sub(/\.(constprop|isra|part)\..*/, "", name)
	n = 0
	split("", at); split("", target); split("", text)
	next
}

/^ *[0-9a-f]+:\t/ {
	address = $1
	sub(/:/, "", address)
	at[address] = ++n
	text[n] = $0
	sub(/^ *[0-9a-f]+:\t/, "", text[n])
	target[n] = "-"
	if (text[n] ~ /^j/) {
		split(text[n], word, " ")
		target[n] = word[2]
	}
	next
}

/^$/ { report(); n = 0 }
END { report() }
