BEGIN { for (i = 0; i < 100000; i++) s += i % 7; print s }
