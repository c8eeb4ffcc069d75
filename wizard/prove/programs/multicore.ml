(* Effects and domains of OCaml 5, one name=value a line. *)
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

let domains () =
  let counter = Atomic.make 0 in
  let work () = for _ = 1 to 10_000 do Atomic.incr counter done; Atomic.get counter > 0 in
  let all = List.init 3 (fun _ -> Domain.spawn work) in
  let alive = List.for_all Domain.join all in
  if alive then Atomic.get counter else -1

let () =
  Printf.printf "effects=%d\n%!" (effects ());
  Printf.printf "domains=%d\n%!" (domains ())
