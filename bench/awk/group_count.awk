{ n[$2]++ } END { for (k in n) s += n[k] * length(k); print s }
