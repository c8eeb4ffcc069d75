(* Effects of OCaml 5, that there is one domain and no other, and no files; one name=value a line.
   Of the C library for OCaml 4 the function aborts that has the words of an error. *)
open Effect
open Effect.Deep

type _ Effect.t += Ask : int -> int Effect.t

let effects () =
  match_with
    (fun () -> perform (Ask 1) + perform (Ask 20))
    ()
    { retc = (fun sum -> sum);
      exnc = raise;
      effc =
        (fun (type a) (request : a Effect.t) ->
          match request with
          | Ask n -> Some (fun (k : (a, _) continuation) -> continue k (n * 2))
          | _ -> None) }

let second_domain () =
  match Domain.join (Domain.spawn (fun () -> "it ran")) with
  | said -> said
  | exception (Failure _ | Sys_error _) -> "refused"  (* 5.4 says it with Sys_error *)

let files () =
  match open_in "/nowhere/at/all" with
  | _ -> "opened"
  | exception Sys_error _ -> "Sys_error"

let () =
  Printf.printf "effects=%d\n%!" (effects ());
  Printf.printf "second_domain=%s\n%!" (second_domain ());
  Printf.printf "files=%s\n%!" (files ())
