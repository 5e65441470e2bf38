namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>The molecules by which calibration is judged, data/conformers/calibration.smi: chains, rings, nitrogens that invert, amides,
/// drugs.</summary>
internal static class CalibrationSuite
{
    private const string Resource = "conformers/calibration.smi";

    /// <summary>SMILES and names.</summary>
    public static IReadOnlyList<(string Smiles, string Name)> Molecules()
    {
        using Stream stream = typeof(CalibrationSuite).Assembly.GetManifestResourceStream(Resource)
            ?? throw new FileNotFoundException("The program was built without data/conformers/calibration.smi.");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2))
            .Select(words => (words[0], words[1].Trim()))];
    }
}
