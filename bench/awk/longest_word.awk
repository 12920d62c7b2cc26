{ for (i = 1; i <= NF; i++) if (length($i) > length(best)) best = $i } END { print best, length(best) }
