using System.Globalization;

namespace MolSampling.Potentials.Neural;

/// <summary>A model's <c>*.params</c>: lines like "EtaR = [1.9700000e+01]". Read only to see that weights meet the features that they were
/// trained with.</summary>
internal static class AniParameterFile
{
    /// <summary>Compares the constants.</summary>
    /// <exception cref="InvalidDataException">One is another, or no number; one line that names the file.</exception>
    public static void Check(string file, AniModel model)
    {
        foreach (string line in File.ReadLines(file))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                continue;
            string key = line[..equals].Trim(), text = line[(equals + 1)..].Trim().Trim('[', ']');
            double[]? expected = key switch
            {
                "Rcr" => [model.RadialCutoff],
                "Rca" => [model.AngularCutoff],
                "EtaR" => [model.RadialEta],
                "ShfR" => [.. model.RadialShifts],
                "EtaA" => [model.AngularEta],
                "ShfA" => [.. model.AngularShifts],
                "Zeta" => [model.Zeta],
                "ShfZ" => [.. model.Angles],
                _ => null,
            };
            string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
            string symbols = string.Join(',', model.Symbols);
            if (key == "Atyp" ? string.Join(',', parts) != symbols : expected is not null && !Agree(parts, expected))
                throw new InvalidDataException($"{file}: {key} is {text}; {model.Name} has {(expected is null ? symbols
                    : string.Join(',', expected.Select(v => v.ToString("g6", CultureInfo.InvariantCulture))))}");
        }
    }

    private static bool Agree(string[] parts, double[] expected) => parts.Length == expected.Length
        && parts.Zip(expected).All(p => double.TryParse(p.First, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && Math.Abs(value - p.Second) < 1e-6 * Math.Abs(p.Second));
}
