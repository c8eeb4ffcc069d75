(* What works without an operating system: Str, floats, exceptions, jump tables, the Gc; one name=value a line. *)
let line name value = Printf.printf "%s=%s\n%!" name value

let str () = line "str" (Str.global_replace (Str.regexp "[0-9]+") "#" "a1b22c333")

let floats () =
  line "float_g" (Printf.sprintf "%.17g" (4.0 *. atan 1.0));
  line "float_h" (Printf.sprintf "%h" 0.1);
  line "float_special" (Printf.sprintf "%g %g %g" infinity neg_infinity (sqrt (-1.0) *. 0.0 |> abs_float));
  line "float_parse" (string_of_float (float_of_string "0x1.8p3"))

exception Own of int

let exceptions () =
  let rec deep n = if n = 0 then raise (Own 42) else 1 + deep (n - 1) in
  line "exception" (try string_of_int (deep 10_000) with Own n -> "Own " ^ string_of_int n);
  line "division" (try string_of_int (1 / Sys.opaque_identity 0) with Division_by_zero -> "Division_by_zero");
  line "bounds" (try string_of_int [| 1 |].(Sys.opaque_identity 1) with Invalid_argument m -> m)

let jump_table n =
  match Sys.opaque_identity n with
  | 0 -> "zero" | 1 -> "one" | 2 -> "two" | 3 -> "three" | 4 -> "four"
  | 5 -> "five" | 6 -> "six" | 7 -> "seven" | 8 -> "eight" | 9 -> "nine" | _ -> "many"

let gc () =
  let table = Hashtbl.create 16 in
  for n = 1 to 200_000 do
    Hashtbl.replace table (n mod 1000) (String.make 20 'x', [ n; n + 1 ])
  done;
  Gc.full_major ();
  Gc.compact ();
  line "gc" (string_of_int (Hashtbl.fold (fun _ (s, l) sum -> sum + String.length s + List.length l) table 0))

let () =
  str (); floats (); exceptions ();
  line "jump_table" (String.concat "," (List.map jump_table [ 0; 3; 7; 9; 10 ]));
  gc ()
