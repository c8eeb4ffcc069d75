(* Prints what the runtime and the compiler hold for true on the machine they run on, one name=value a line. *)
let () =
  let line name value = Printf.printf "%s=%s\n" name value in
  let bool name value = line name (string_of_bool value) in
  line "version" Sys.ocaml_version;
  line "word_size" (string_of_int Sys.word_size);
  line "int_size" (string_of_int Sys.int_size);
  line "max_wosize" (string_of_int Sys.max_array_length);
  line "ostype" Sys.os_type;
  bool "ostype_unix" Sys.unix;
  bool "ostype_win32" Sys.win32;
  bool "ostype_cygwin" Sys.cygwin;
  bool "big_endian" Sys.big_endian;
  line "backend_type"
    (match Sys.backend_type with
     | Sys.Native -> "native"
     | Sys.Bytecode -> "bytecode"
     | Sys.Other name -> name);
  (* A literal above 2^31: a compiler that calculates with other words than the target's cuts it. *)
  line "max_int" (string_of_int max_int);
  line "literal" (Printf.sprintf "%Lx" 0x123456789abcdefL)
