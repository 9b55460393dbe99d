// Sends to a DingTalk group through Dapr. Usage: go run ./send (with DAPR_GRPC_PORT set)
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"regexp"

	dapr "github.com/dapr/go-sdk/client"
)

var reason = regexp.MustCompile(`reason=([a-z-]+)`)

func main() {
	client, err := dapr.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	create := func(data []byte, metadata map[string]string) error {
		request := &dapr.InvokeBindingRequest{Name: "alerts", Operation: "create", Data: data, Metadata: metadata}
		_, err := client.InvokeBinding(context.Background(), request)
		return err
	}

	// Data are bytes. The SDK sends them as they are.
	fmt.Println("sent", create([]byte("disk 93 % full on db-1"), nil) == nil)

	card := map[string]string{"title": "v2.4 is ready", "text": "### v2.4 is ready",
		"singleTitle": "Open", "singleURL": "https://example.com/deploys/42"}
	message, _ := json.Marshal(map[string]any{"msgtype": "actionCard", "actionCard": card})
	if err := create(message, map[string]string{"atMobiles": "13800000000"}); err != nil {
		log.Fatal(err)
	}

	err = create([]byte(`{"msgtype":"text","txt":{}}`), nil)
	fmt.Println("reason", reason.FindStringSubmatch(err.Error())[1])
}
