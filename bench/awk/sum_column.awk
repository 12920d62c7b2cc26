{ sum += $5 } END { printf "%.2f\n", sum }
