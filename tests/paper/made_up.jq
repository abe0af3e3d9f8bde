# A result with the keys of a plan and made-up values: for what takes room and time, and for pictures of what this machine cannot
# measure; its numbers mean nothing, and its label says so.
#   tlbscope run --dry-run --profile full >PLAN
#   jq -n --rawfile plan PLAN --slurpfile like RESULT -f made_up.jq
def bytes: capture("^(?<n>[0-9.]+)(?<u>[KMGT]i)?B$") | (.n | tonumber) * ({"Ki": 1024, "Mi": 1048576, "Gi": 1073741824, "Ti": 1099511627776}[.u // ""] // 1);
def page_bytes: {"4k": 4096, "16k": 16384, "64k": 65536, "thp": 2097152, "2m": 2097152, "1g": 1073741824}[. // "4k"] // 65536;
def least($a; $b): if $a < $b then $a else $b end;
def lru($pages; $l1; $l2): if $pages <= $l1 then 0 elif $pages <= $l2 then 7 else least(48; 7 + 48 * ($pages / $l2 - 1)) end;

def pages($p): ($p.pages // 0 | tonumber) as $n
	| if $n > 0 then $n elif $p.footprint then ($p.footprint | bytes) / ($p.page // "4k" | if $p.touch == "each-4k" then 4096 else page_bytes end) else 1 end;
def translation($bench; $p): pages($p) as $n | ($p.stride // "4KiB" | bytes) as $stride
	| if $p.layout == "reference" then 0
	  elif $bench == "assoc" then lru($n; 96; 8 * least(512; 2097152 / $stride | if . < 1 then 1 else floor end))
	  elif $bench == "walkcache" then lru($n; 64; 512 * 2097152 / least($stride; 1073741824))
	  else lru($n; 96; 4096) end;
def data($bench; $p): if $p.layout == "distinct" or $p.layout == "reference"
	then pages($p) | if . <= 768 then 4 elif . <= 16384 then least(14; 4 + 10 * (. / 768 - 1)) else least(90; 14 + 76 * (. / 16384 - 1)) end else 4 end;
def chains($p): $p.chains // "1" | tonumber | if . <= 6 then 1 else . / 6 end;
def storm($bench; $p): ($p.npages // "1" | tonumber) as $n | ($p.resp // "0" | tonumber) as $resp
	| 1000 + (if $bench == "mprotect" then 60 else 220 end) * $n + (if $n <= 33 then 50 * $n else 600 end)
	+ (if $resp > 0 and $p.state != "other-mm" then {"smt": 900, "core": 1500, "llc": 2600, "package": 5200}[$p.place // "core"] * (0.7 + 0.3 * $resp) else 0 end);
def added($p): if ($p.resp // "0") == "0" or $p.state == "other-mm" then null else {"smt": 800, "core": 1400, "llc": 2500, "package": 5000}[$p.place // "core"] end;

def values($bench; $p): ($p.resp // "0" | tonumber) as $resp
	| if $p.npages or $bench == "membarrier" or ($p.resp and $bench != "fault" and $bench != "null")
	  then {ns: storm($bench; $p), mean_ns: storm($bench; $p), added_ns: added($p), stolen_ns: (added($p) | if . then . * 0.6 else null end),
		ipis: (if $resp > 0 then if $p.state == "other-mm" then 0 else $resp end else null end)}
	  elif $bench == "fault" then ($p.page | page_bytes) as $b | {mean_ns: (400 + $b / 12), ms_per_gib: (1073741824 / $b * (400 + $b / 12) / 1e6)}
	  else ((data($bench; $p) + translation($bench; $p)) * (if $bench == "walkers" then 3 * chains($p) else 1 end)) as $cycles
	  | {ns: ($cycles / 4), cycles: $cycles, translation_ns: (translation($bench; $p) / 4), translation_cycles: translation($bench; $p)} end
	| with_entries(select(.value != null));
# One per cent of noise, the same each time.
def noise($i; $r): ((($i * 7919 + $r * 104729 + 12345) % 1009) / 1009 - 0.5) * 0.02;
def metric($i; $v; $rounds): [range($rounds) | . as $r | $v * (1 + noise($i; $r))] as $s | ($s | sort) as $o
	| {unit: "ns", better: "less", primary: true, noisy: false, est: (($o[$rounds / 2 - 1] + $o[$rounds / 2]) / 2), lo: $o[1], hi: $o[-2],
	   samples: $s, rounds: [range($rounds)]};
def units: with_entries(.key as $k | .value.unit = ({"cycles": "cycles", "translation_cycles": "cycles", "ipis": "1/op", "ms_per_gib": "ms"}[$k] // "ns"));
def hist($v): {ns: {lo_ns: ($v * 0.9), ratio: 1.01, counts: [range(120) | . as $k | (4000 * (-(pow($k - 11; 2)) / 20 | exp) + 300 * (-(pow($k - 90; 2)) / 60 | exp)) | floor]}};

def cell($i): (split("  # skipped: ")) as [$key, $why] | ($key | split("/")) as $parts
	| ($parts[1:] | map(index("=") as $at | {(.[:$at]): .[$at + 1:]}) | add // {}) as $p
	| {key: $key, bench: $parts[0], revision: 1, params: $p, sweeps: [], wave: 1, requested: true, visits: 10}
	+ if $why then {outcome: "skipped", reason: {code: "not-here", text: $why, remedy: ""}, proof: []}
	  else values($parts[0]; $p) as $v | {outcome: "ok", measured_s: 0.02, proof: [{what: "pinned", state: "held"}, {what: "faults", state: "held", expected: "0", seen: "0"}],
		metrics: ($v | with_entries(.value |= metric($i; .; 10)) | units)} + if $v.mean_ns and $v.ns then {hist: hist($v.ns)} else {} end end;

$like[0] | .findings = [] | .run.label = "made up" | .run.profile = "full"
| .cells = [$plan | split("\n")[] | select(test("^[a-z]+/"))] | .cells |= [to_entries[] | .key as $i | .value | cell($i)]
