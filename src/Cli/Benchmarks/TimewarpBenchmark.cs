            string[] numbers = ["jumps accepted %", "effective samples / s", "over the fastest dynamics", "effective per 1000 energy calls",
                "states missed", "dF(phi > 0) kJ/mol", "off by", "training s"];
            Console.WriteLine($"| way | slowest | energy calls / s | {string.Join(" | ", numbers)} |");
            Console.WriteLine($"|---|---|--:|{string.Concat(numbers.Select(_ => "--:|"))}");
            foreach (TimewarpRow r in rows)
            {
                (double own, string slowest) = r.Chains.EffectiveSize();
                Estimate f = r.Chains.FreeEnergy(kelvin);
                string[] cells = [r.Way, slowest, Text(r.EnergyCalls / r.Seconds, "n0"), Text(100 * r.Acceptance, "f1"),
                    Text(Rate(r), "g3"), Text(Rate(r) / fastest, "g3"), Text(1e3 * own / r.EnergyCalls, "g3"), $"{r.Chains.Missed(comparison.Reference)}",
                    $"{Text(f.Value, "f2")} ± {Text(f.StandardError, "f2")}", Text(f.Value - reference.Value, "f2"),
                    Text(r.TrainingSeconds, "f0")];
                Console.WriteLine($"| {string.Join(" | ", cells)} |");
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n- reference: a ladder of {size:n0} effective samples, ")
                + $"phi > 0 in {comparison.Reference.PhiPositive()}, dF {Text(reference.Value, "f2")} ± "
                + $"{Text(reference.StandardError, "f2")} kJ/mol\n"
                + $"- {Text(seconds, "g3")} s a way; a second is a processor second of every core");
        }
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : ExitCodes.Ok;
    }

    private static double Rate(TimewarpRow row) => row.Chains.EffectiveSize().Size / row.Seconds;

    private static string Text(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture)
        : "";
}
