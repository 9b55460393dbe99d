// Receives events of the binding. Usage: APP_PORT=6000 go run ./receive
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/dapr/go-sdk/service/common"
	daprd "github.com/dapr/go-sdk/service/http"
)

func main() {
	service := daprd.NewService("127.0.0.1:" + os.Getenv("APP_PORT"))
	err := service.AddBindingInvocationHandler("alerts",
		func(_ context.Context, event *common.BindingEvent) ([]byte, error) {
			fmt.Println("received", string(event.Data))
			return []byte(`"taken"`), nil
		})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(service.Start())
}
