namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>Files of one calculation: whether they belong together, and tables of the same rows made one.</summary>
internal static class TableJoin
{
    /// <summary>The temperature, K, after checking that all files have one and the same set of lambdas.</summary>
    /// <exception cref="InvalidDataException">They do not belong together.</exception>
    public static double CheckTogether(IReadOnlyList<AlchemicalFile> files, double? temperature)
    {
        AlchemicalFile first = files[0];
        foreach (AlchemicalFile file in files)
            if (!file.LambdaNames.SequenceEqual(first.LambdaNames))
                throw new InvalidDataException($"{file.Source}: its lambdas are {string.Join(", ", file.LambdaNames)}, those of {first.Source} are {string.Join(", ", first.LambdaNames)}");
        AlchemicalFile? stated = files.FirstOrDefault(f => f.Temperature is not null);
        double kelvin = temperature ?? stated?.Temperature ?? throw new InvalidDataException($"{first.Source}: no file says the temperature, and none was given");
        foreach (AlchemicalFile file in files)
            if (file.Temperature is { } t && !StatedTemperature.Same(kelvin, t))
                throw new InvalidDataException(FormattableString.Invariant($"{file.Source}: is at {t} K, but ")
                    + (temperature is null ? FormattableString.Invariant($"{stated!.Source} is at {kelvin} K")
                        : FormattableString.Invariant($"{kelvin} K was given")));
        return kelvin;
    }

    /// <summary>A file with u_nk only and one with dHdl only become one, if their rows are the same; of several, in the order
    /// given.</summary>
    public static AlchemicalFile[] Join(IReadOnlyList<AlchemicalFile> files, List<string> notes)
    {
        var gradients = files.Where(f => f.ReducedPotentials is null).ToList();
        var result = new List<AlchemicalFile>();
        foreach (AlchemicalFile file in files.Where(f => f.ReducedPotentials is not null))
        {
            AlchemicalFile[] partners = file.Gradients is null ? [.. gradients.Where(g => SameRows(file, g))] : [];
            AlchemicalFile? partner = partners.FirstOrDefault();
            if (partners.Length > 1) // repeats of a state with the same times
                notes.Add($"{file.Source}: {partners.Length} dHdl tables have its rows ({string.Join(", ", partners.Select(p => p.Source))}); the first was taken");
            if (partner is not null)
                gradients.Remove(partner);
            result.Add(partner is null ? file : new()
            {
                Source = file.Source,
                LambdaNames = file.LambdaNames,
                Temperature = file.Temperature,
                Times = file.Times,
                SampledStates = file.SampledStates,
                StateOfRow = file.StateOfRow,
                Columns = file.Columns,
                ReducedPotentials = file.ReducedPotentials,
                Unusable = [.. file.Unusable, .. partner.Unusable],
                Gradients = partner.Gradients,
            });
        }
        return [.. result, .. gradients];
    }

    /// <summary>States are numbered in order of appearance, so equal rows have equal numbers.</summary>
    private static bool SameRows(AlchemicalFile a, AlchemicalFile b) =>
        a.SampledStates.SequenceEqual(b.SampledStates) && a.StateOfRow.AsSpan().SequenceEqual(b.StateOfRow)
            && a.Times.AsSpan().SequenceEqual(b.Times);
}
