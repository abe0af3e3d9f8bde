# The model of the finding shootdown-cost, block by block, from the file of values:
#   cost = base + work * pages + (inv * pages up to the ceiling, else full)
# modelled(b): is there one? model(b, x): what it says, in ns; NaN outside of where it holds.
array m_base[blocks]
array m_work[blocks]
array m_inv[blocks]
array m_full[blocks]
array m_ceiling[blocks]
array m_from[blocks]
array m_to[blocks]
do for [b = 1:blocks] { m_base[b] = NaN }
if (nvalues > 0) {
	set table $scratch
	plot values using 1:(k = int($1), m_base[k] = $2, m_work[k] = valid(3) ? $3 : $9, m_inv[k] = valid(4) ? $4 : 0, \
		m_full[k] = valid(5) ? $5 : 0, m_ceiling[k] = valid(6) ? $6 : 0, m_from[k] = $7, m_to[k] = $8, 0)
	unset table
}
modelled(b) = m_base[b] == m_base[b]
model(b, x) = !modelled(b) || x < m_from[b] || x > m_to[b] ? NaN : \
	m_base[b] + m_work[b] * x + (x <= m_ceiling[b] ? m_inv[b] * x : m_full[b])
