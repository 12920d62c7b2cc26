BEGIN { n += 0; for (i = 0; i < n; i++) s = s "x" i; print length(s) }
