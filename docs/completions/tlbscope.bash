# bash completion for tlbscope

_tlbscope_benches()
{
	tlbscope list 2>/dev/null | while read -r name _; do echo "$name"; done
}

# Values of the options of commands that compare; true where they were offered.
_tlbscope_comparing()
{
	case $1 in
	*:--only) words=$(_tlbscope_benches) ;;
	*:--format) words="text simple json csv markdown junit ktap" ;;
	*:--noise) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	*:--good | *:--bad | *:--output) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	*:--profile) words="quick full" ;;
	*:--threshold | *:--alpha | *:--metrics | *:--across | *:--cpus | *:--runs | *:--rounds) ;;
	*) return 1 ;;
	esac
}

_tlbscope()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
	local -A options=(
		[run]="--profile --only --dry-run --cpus --events --rounds --budget --seed --strict --label --resume --output --replace --bare"
		[list]="" [doctor]="" [restore]=""
		[events]="--family"
		[show]="--all --format --only"
		[bundle]="--output"
		[vm]="--kernel --topology --numa --mem --cpu --append --accel --timeout --output"
		[geometry]="--format --csv --kind --cpus --output --replace"
		[history]="--only --all --threshold --format --output --paper"
		[export]="--format --only --all"
		[figures]="--format --only --output --paper"
		[report]="--against --output"
	)

	local comparing="--threshold --alpha --metrics --across --noise --format --all --strict --force"
	options[compare]="--only $comparing"
	options[ab]="--only --profile --cpus --rounds --output --keep --replace $comparing"
	options[noise]="--only --profile --cpus --runs --rounds --output --replace"
	options[bisect]="--good --bad --only --cpus --rounds --runs --force"

	local i
	COMPREPLY=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [ "${COMP_WORDS[1]}:${COMP_WORDS[i]}" = vm:-- ]; then # a command line of its own
			COMP_WORDS=(tlbscope "${COMP_WORDS[@]:i + 1}")
			COMP_CWORD=$((COMP_CWORD - i))
			_tlbscope
			return
		fi
	done
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="${!options[*]} --help --version"
	else
		case ${COMP_WORDS[1]}:$previous in
		compare:--[a-z]* | ab:--[a-z]* | noise:--[a-z]* | bisect:--[a-z]*)
			if _tlbscope_comparing "${COMP_WORDS[1]}:$previous" "$current"; then
				[ "${#COMPREPLY[@]}" -eq 0 ] || return
			else
				words="${options[${COMP_WORDS[1]}]-} --help --usage"
			fi
			;;
		run:--profile) words="quick full" ;;
		report:--against)
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		figures:--paper | history:--paper) words="acm ieee usenix" ;;
		show:--format) words="table json csv markdown" ;;
		bundle:--output)
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		figures:--format) words="svg pdf tikz svg,pdf pdf,tikz" ;;
		run:--only | show:--only | history:--only | export:--only) words=$(_tlbscope_benches) ;;
		run:--output | history:--output | figures:--output | report:--output | run:--resume)
			mapfile -t COMPREPLY < <(compgen -d -- "$current")
			return
			;;
		export:--format) words=$(tlbscope export 2>/dev/null | cut -d ' ' -f 1) ;;
		history:--format) words="text csv json" ;;
		history:--threshold) return ;;
		geometry:--format) words="text json" ;;
		geometry:--kind) words="4k all" ;;
		geometry:--csv | geometry:--output)
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		geometry:--cpus | run:--cpus | run:--events | events:--family | run:--rounds | run:--budget | run:--seed | run:--label | figures:--only) return ;;
		vm:--accel) words="tcg kvm" ;;
		vm:--kernel | vm:--output)
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		vm:--topology | vm:--numa | vm:--mem | vm:--cpu | vm:--append | vm:--timeout) return ;;
		list:list) words="$(_tlbscope_benches) --help --usage" ;;
		*) words="${options[${COMP_WORDS[1]}]-} --help --usage" ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	case $current:${COMP_WORDS[1]} in
	-*) ;;
	*:compare | *:noise) mapfile -O "${#COMPREPLY[@]}" -t COMPREPLY < <(compgen -f -- "$current") ;;
	*:show | *:export | *:history | *:geometry | *:figures | *:report | *:bundle) mapfile -O "${#COMPREPLY[@]}" -t COMPREPLY < <(compgen -f -- "$current") ;;
	esac
}

complete -o filenames -F _tlbscope tlbscope
