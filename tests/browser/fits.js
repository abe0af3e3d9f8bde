/* Put into a copy of the report by run.sh, for a window of some width: can the table of cells be read without moving it sideways? */
"use strict";
const cells = document.querySelector("section[aria-labelledby=cells] table"), frame = cells.parentNode;
const lines = [...cells.tBodies[0].rows];
const seen = element => {
	const box = element.getBoundingClientRect(), of = frame.getBoundingClientRect();
	return box.left >= of.left - 1 && box.right <= of.right + 1 && box.right <= document.documentElement.clientWidth;
};
const tallest = Math.max(...lines.map(line => line.getBoundingClientRect().height));
const lineHeight = parseFloat(getComputedStyle(cells).lineHeight);
document.body.dataset.fits = [
	"inside " + (frame.scrollWidth <= frame.clientWidth),
	"estimates " + lines.every(line => !line.cells[2].textContent || seen(line.cells[2])),
	"all columns " + lines.every(line => [...line.cells].every(seen)),
	"rows " + (tallest <= 12 * lineHeight ? "low" : `of ${Math.round(tallest / lineHeight)} lines`),
].join("; ");
