BEGIN { FS = "," } $2 > 500 { n++; sum += $2 } END { print n, sum }
