# What is known of blocks by their names.
# has(b, "layout=alias"): is block b (from 1) of that series? part(b, "page"): what stands after "page=", else "-".
has(b, what) = strstrt("," . word(ids, b) . ",", "," . what . ",") > 0
part(b, name) = (at = strstrt("," . word(ids, b) . ",", "," . name . "="), at == 0 ? "-" : \
	(rest = ("," . word(ids, b) . ",")[at + strlen(name) + 2:*], rest[1:strstrt(rest, ",") - 1]))
number_in(list, what) = (found = 0, sum [i = 1:words(list)] (found = word(list, i) eq what ? i : found, 0), found)
# All of its name but the result that it comes from; ids begin with that.
series_of(b) = runs > 1 ? (rest = word(ids, b), at = strstrt(rest, ","), at == 0 ? "-" : rest[at + 1:*]) : word(ids, b)
# Is block b the first of its series, which the others of it are named with? And how many series there are.
is_first(b) = (sum [k = 1:b] (series_of(k) eq series_of(b))) == 1
nseries = sum [n = 1:blocks] is_first(n)
# Names longer than this would leave no room for the panel.
name_of(b) = strlen(word(names, b)) > 36 ? word(names, b)[1:35] . "…" : word(names, b)
