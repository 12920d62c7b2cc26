{ sum[$2] += $4 } END { for (k in sum) total += sum[k]; printf "%.0f\n", total }
