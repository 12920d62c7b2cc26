BEGIN { for (i = 0; i < 20000; i++) s = s "x" i; print length(s) }
