{ gsub(/[aeiou]/, "<&>"); n += length($0) } END { print n }
