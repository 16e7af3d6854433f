# From the header, a function for each of its functions that calls it with every combination of the values that
# boundary_values.h has for the types of its parameters. A type without values does not compile, so none is forgotten.

function kind(type) {
  gsub(/KALTURA_SENDABLE/, "", type)
  gsub(/[ \t]+/, " ", type); sub(/^ /, "", type); sub(/ $/, "", type)
  if (type == "const char *") return "text"
  if (type == "char *") return "own_text"
  if (type == "const uint8_t *") return "bytes"
  if (type == "uint8_t *") return "room"
  if (type == "void *") return "user_data"
  if (type == "kaltura_error **") return "error_place"
  sub(/^const /, "", type); sub(/ \*$/, "", type)
  return type
}

function emit(declaration,    head, list, count, parts, i, name, result, type, parameter, arguments, place, is_free) {
  gsub(/[ \t]+/, " ", declaration)
  i = index(declaration, "(")
  head = substr(declaration, 1, i - 1)
  list = substr(declaration, i + 1); sub(/\);$/, "", list)
  match(head, /kaltura_[a-z0-9_]+$/)
  name = substr(head, RSTART)
  result = substr(head, 1, RSTART - 1); sub(/ $/, "", result)
  is_free = name ~ /_free(_string)?$/
  count = list == "void" ? 0 : split(list, parts, ",")
  print "static void " name "_answers_everything(void) {"
  place = 0; arguments = ""
  for (i = 1; i <= count; i++) {
    match(parts[i], /[a-z0-9_]+$/)
    type[i] = kind(substr(parts[i], 1, RSTART - 1))
    if (type[i] == "size_t") type[i] = parts[i] ~ /index$/ ? "index" : "length"
    print "  for (int i" i " = 0; i" i " < COUNT_" type[i] "; i" i "++) {"
    if (type[i] == "error_place") place = i
  }
  for (i = 1; i <= count; i++) {
    print "  TYPE_" type[i] " v" i " = pick_" type[i] "(i" i ");"
    arguments = arguments (i > 1 ? ", " : "") "v" i
  }
  if (result == "void") {
    print "  " name "(" arguments ");"
  } else {
    print "  " result (result ~ /\*$/ ? "" : " ") "result = " name "(" arguments ");"
    if (place) print "  look_at_error(v" place ", !result);"
    print "  done_with_" kind(result) "(result);"
  }
  print "  calls++;"
  for (i = count; i >= 1; i--) {
    if (!(is_free && i == 1)) print "  drop_" type[i] "(v" i ");"
  }
  for (i = 1; i <= count; i++) print "  }"
  print "}"
  tests = tests "    TEST(" name "_answers_everything),\n"
}

# Of another system.
/^#if defined\(__ANDROID__\)/, /^#endif/ { next }
/^[a-z].*\(/ && !/^typedef/ { whole = ""; is_inside = 1 }
is_inside { whole = whole " " $0 }
is_inside && /\);$/ { sub(/^ /, "", whole); emit(whole); is_inside = 0 }
END { printf "static const test_case tests[] = {\n%s};\n", tests }
