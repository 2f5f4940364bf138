"""What lets an unchanged program find this server under the exchange's names: `utabox run`."""
