{ sum[$2] += $4 } END { for (k in sum) total += sum[k]; print total }
