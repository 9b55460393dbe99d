// An app with net/http, as its documentation and Dapr's Go SDK write one.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	answer := func(path string, write func(w http.ResponseWriter)) {
		http.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { write(w) })
	}
	answer("/nothing", func(http.ResponseWriter) {})
	answer("/status", func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) })
	answer("/no-content", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) })
	answer("/ok", func(w http.ResponseWriter) { fmt.Fprintln(w, "OK") })
	answer("/empty-object", func(w http.ResponseWriter) { json.NewEncoder(w).Encode(struct{}{}) })
	answer("/null", func(w http.ResponseWriter) { json.NewEncoder(w).Encode(nil) })
	answer("/sdk", func(w http.ResponseWriter) { w.Write([]byte("{}")) })
	answer("/success", func(w http.ResponseWriter) {
		json.NewEncoder(w).Encode(map[string]bool{"success": true})
	})
	answer("/message", func(w http.ResponseWriter) {
		content := map[string]string{"content": "你好"}
		json.NewEncoder(w).Encode(map[string]any{"msgtype": "text", "text": content})
	})
	answer("/text", func(w http.ResponseWriter) { fmt.Fprint(w, "你好") })
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
