{ sum[$2] += $4 } END { for (k in sum) printf "%s %.0f\n", k, sum[k] | "sort" }
