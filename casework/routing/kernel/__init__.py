"""The search itself, as plain functions over arrays, so that numba can compile it.

Decides which roster to try next and keeps it or not; knows nothing of files, clocks or names. The
same source runs compiled and plain, with the same result for the same number of moves: where numba
is missing the plain path is a hundred times slower, and nothing else.

Why it reads as it does: with a bundle of the arrays in one tuple the search was measured at two
thirds of the speed (while numba still counted references, see ``compiled``), with one array for
each field at a fifth. So there are few arrays with a row for each field (``layout``), and every
function names those that it touches.
"""
