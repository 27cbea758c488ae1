#!/bin/sh
# Buckets, queues, bus and rules, as the CloudFormation template has them; what is there already stays.
set -eu
prefix=${CARAVAN_PREFIX:-caravan}
region=${AWS_REGION:-us-east-1}
account=000000000000
# As an option: the CLI does not take the address of SQS from the environment.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" --region "$region" --output text "$@"; }

for bucket in "$prefix-inbox" "$prefix-archive"; do
  aws s3api head-bucket --bucket "$bucket" 2>/dev/null || aws s3api create-bucket --bucket "$bucket"
  aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
done
aws s3api put-bucket-notification-configuration --bucket "$prefix-inbox" --notification-configuration '{"EventBridgeConfiguration": {}}'

queue() { # NAME DEAD [MORE]
  aws sqs get-queue-url --queue-name "$2" >/dev/null 2>&1 ||
    aws sqs create-queue --queue-name "$2" --attributes "{\"MessageRetentionPeriod\": \"1209600\"${3:-}}"
  aws sqs get-queue-url --queue-name "$1" >/dev/null 2>&1 ||
    aws sqs create-queue --queue-name "$1" --attributes "{\"MessageRetentionPeriod\": \"1209600\", \"VisibilityTimeout\": \"60\", \"ReceiveMessageWaitTimeSeconds\": \"20\", \"RedrivePolicy\": \"{\\\"deadLetterTargetArn\\\": \\\"arn:aws:sqs:$region:$account:$2\\\", \\\"maxReceiveCount\\\": \\\"100\\\"}\"${3:-}}"
}
for name in uploads products publications catalogue clicks; do queue "$prefix-$name" "$prefix-$name-dead"; done
queue "$prefix-tasks.fifo" "$prefix-tasks-dead.fifo" ', "FifoQueue": "true"'

aws events describe-event-bus --name "$prefix" >/dev/null 2>&1 || aws events create-event-bus --name "$prefix"

rule() { # BUS QUEUE PATTERN
  aws events put-rule --event-bus-name "$1" --name "$2" --event-pattern "$3"
  aws events put-targets --event-bus-name "$1" --rule "$2" \
    --targets "[{\"Id\": \"$2\", \"Arn\": \"arn:aws:sqs:$region:$account:$2\", \"DeadLetterConfig\": {\"Arn\": \"arn:aws:sqs:$region:$account:$2-dead\"}}]"
}
rule default "$prefix-uploads" "{\"source\": [\"aws.s3\"], \"detail-type\": [\"Object Created\"], \"detail\": {\"bucket\": {\"name\": [\"$prefix-inbox\"]}}}"
rule "$prefix" "$prefix-products" '{"detail-type": ["ProductIngested"]}'
rule "$prefix" "$prefix-publications" '{"detail-type": ["ProductPublished", "ProductUnpublished"]}'
rule "$prefix" "$prefix-catalogue" '{"detail-type": ["ProductPublished"]}'
echo "buckets, queues, bus and rules are there"
