/er+or|time.?out/ { n++; print } END { print n }
