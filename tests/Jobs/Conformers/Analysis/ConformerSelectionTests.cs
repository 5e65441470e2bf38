using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Which basins are written, and what is said of the rest.</summary>
public sealed class ConformerSelectionTests
{
    // by falling population; the lowest minimum is not that of the largest basin
    private static readonly Basin[] s_basins = [Of(0.5, 2), Of(0.25, 0), Of(0.15, 12), Of(0.0625, 10), Of(0.0375, 11)];

    [Fact]
    public void Without_limits_all_are_written_and_nothing_is_said() => Is(new(), [0, 1, 2, 3, 4], null);

    [Fact]
    public void The_window_counts_from_the_lowest_minimum_and_has_its_end_in_it() => Is(new() { EnergyWindow = 10 }, [0, 1, 3],
        "conformers.sdf has 3 of 5 conformers; left out: 2 more than 10 kJ/mol above the lowest minimum (18.75 % of the population)");

    [Fact]
    public void The_lowest_minimum_is_always_written() => Is(new() { EnergyWindow = 0 }, [1],
        "conformers.sdf has 1 of 5 conformers; left out: 4 more than 0 kJ/mol above the lowest minimum (75.00 % of the population)");

    [Fact]
    public void The_number_takes_the_most_populated() => Is(new() { NumConformers = 3 }, [0, 1, 2],
        "conformers.sdf has 3 of 5 conformers; left out: 2 less populated than those (10.00 %)");

    [Fact]
    public void The_number_counts_what_the_window_leaves_and_each_population_is_said_once() => Is(
        new() { EnergyWindow = 11.5, NumConformers = 3 }, [0, 1, 3], "conformers.sdf has 3 of 5 conformers; left out: "
            + "1 more than 11.5 kJ/mol above the lowest minimum (15.00 % of the population), 1 less populated than those (3.75 %)");

    [Fact]
    public void Limits_that_leave_nothing_out_are_not_said() => Is(new() { EnergyWindow = 12, NumConformers = 5 }, [0, 1, 2, 3, 4], null);

    [Fact]
    public void No_basins_are_no_error()
    {
        var selection = ConformerSelection.Of([], new() { EnergyWindow = 1, NumConformers = 1 });
        Assert.Equal((0, null), (selection.Written.Count, selection.Note));
    }

    private static void Is(ConformerOptions options, int[] written, string? note)
    {
        var selection = ConformerSelection.Of(s_basins, options);
        Assert.Equal(written, selection.Written);
        Assert.Equal(note, selection.Note);
    }

    private static Basin Of(double population, double energy) => new(population, 0.01, 0, 0, [], energy, "t");
}
