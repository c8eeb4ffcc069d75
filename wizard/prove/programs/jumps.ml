(* A dense match becomes a table of jumps. Where an assembler shortens some of them (compressed
   instructions of RISC-V), the table leads elsewhere: the program stops, or prints other numbers. *)
let choose n x =
  match n with
  | 0 -> x + 7
  | 1 -> x * 8
  | 2 -> x - 11
  | 3 -> (x lsl 1) + 16
  | 4 -> x lxor 23
  | 5 -> String.length (String.make (x land 7) 'a') + 32
  | 6 -> (x * x) mod 43
  | 7 -> x + 56
  | 8 -> x * 71
  | 9 -> x - 88
  | 10 -> (x lsl 1) + 107
  | 11 -> x lxor 128
  | 12 -> String.length (String.make (x land 7) 'a') + 151
  | 13 -> (x * x) mod 176
  | 14 -> x + 203
  | 15 -> x * 232
  | 16 -> x - 263
  | 17 -> (x lsl 1) + 296
  | 18 -> x lxor 331
  | 19 -> String.length (String.make (x land 7) 'a') + 368
  | 20 -> (x * x) mod 407
  | 21 -> x + 448
  | 22 -> x * 491
  | 23 -> x - 536
  | 24 -> (x lsl 1) + 583
  | 25 -> x lxor 632
  | 26 -> String.length (String.make (x land 7) 'a') + 683
  | 27 -> (x * x) mod 736
  | 28 -> x + 791
  | 29 -> x * 848
  | 30 -> x - 907
  | 31 -> (x lsl 1) + 968
  | 32 -> x lxor 1031
  | 33 -> String.length (String.make (x land 7) 'a') + 1096
  | 34 -> (x * x) mod 1163
  | 35 -> x + 1232
  | 36 -> x * 1303
  | 37 -> x - 1376
  | 38 -> (x lsl 1) + 1451
  | 39 -> x lxor 1528
  | 40 -> String.length (String.make (x land 7) 'a') + 1607
  | 41 -> (x * x) mod 1688
  | 42 -> x + 1771
  | 43 -> x * 1856
  | 44 -> x - 1943
  | 45 -> (x lsl 1) + 2032
  | 46 -> x lxor 2123
  | 47 -> String.length (String.make (x land 7) 'a') + 2216
  | _ -> -1

let next sum n = ((sum * 31) + choose n (n + 3)) land 0xffffff

let () =
  let sum = ref 0 in
  for n = -1 to 48 do
    sum := next !sum n
  done;
  print_string "table=";
  print_int !sum;
  print_newline ();
  List.iter
    (fun n ->
      print_string ("arm_" ^ string_of_int n ^ "=");
      print_int (choose n 5);
      print_newline ())
    [ 0; 1; 13; 31; 46; 47; 48 ]
