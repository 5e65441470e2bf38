using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.OpenMM;

/// <summary>
/// OpenMM's System XML, both ways. Written: element versions that OpenMM 7.7 to 8 read. Read: the forces that <see cref="ClassicalSystem"/>
/// can hold; anything else is named in the error, since such a system still runs on OpenMM itself.
/// </summary>
public static class SystemXml
{
    private const int Ewald = 3, ParticleMeshEwald = 4;
    private const string RestraintExpression = "0.5*k*((x-x0)^2+(y-y0)^2+(z-z0)^2)";
    private const string BornIntegral =
        "select(step(r+sr2-or1), 0.5*(1/L-1/U+0.25*(r-sr2^2/r)*(1/U^2-1/L^2)+0.5*log(L/U)/r), 0); U=r+sr2; L=max(or1, abs(r-sr2))";
    private const string NeckIntegral =
        "Ineck=step(radius1+radius2+0.68-r)*getm0(radindex1,radindex2)"
        + "/(1+100*(r-getd0(radindex1,radindex2))^2+0.3*1000000*(r-getd0(radindex1,radindex2))^6)";

    private static readonly string[] s_neckParameters = ["alpha", "beta", "gamma", "radindex"];
    private static readonly XElement[] s_noTables = [];

    // ------------------------------------------------------------------------------------------------------------- writing

    /// <summary>The System, one force group a kind of term.</summary>
    /// <param name="system">The parameters.</param>
    /// <param name="ewaldTolerance">OpenMM's, of forces, where it sums over images.</param>
    public static string Write(ClassicalSystem system, double ewaldTolerance = 5e-4)
    {
        (double x, double y, double z) = system.Reach.Box is { } box ? (box.X, box.Y, box.Z) : (2, 2, 2);
        var forces = new XElement("Forces");
        Add(forces, "HarmonicBondForce", 2, "Bonds", system.Bonds.Select(b => Row("Bond", ("p1", b.I), ("p2", b.J), ("d", b.Length),
            ("k", b.K))), ("usesPeriodic", 0));
        Add(forces, "HarmonicAngleForce", 2, "Angles", system.Angles.Select(a => Row("Angle", ("p1", a.I), ("p2", a.J), ("p3", a.K),
            ("a", a.Angle), ("k", a.ForceConstant))), ("usesPeriodic", 0));
        Add(forces, "PeriodicTorsionForce", 2, "Torsions", system.Torsions.Select(t =>
            Row("Torsion", ("p1", t.I), ("p2", t.J), ("p3", t.K), ("p4", t.L), ("periodicity", t.Periodicity), ("phase", t.Phase),
                ("k", t.ForceConstant))), ("usesPeriodic", 0));
        if (system.Particles.Count > 0)
            forces.Add(Nonbonded(system, ewaldTolerance));
        if (system.ImplicitSolvent is { } born)
            forces.Add(born.Model == BornModel.Obc2 ? Obc2(system, born) : CustomBorn(system, born));
        if (system.Restraints.Count > 0)
            forces.Add(Restraints(system));
        int group = 0;
        foreach (XElement force in forces.Elements())
            force.SetAttributeValue("forceGroup", group++);
        var root = new XElement("System", new XAttribute("openmmVersion", "7.7"), new XAttribute("type", "System"),
            new XAttribute("version", 1),
            new XElement("PeriodicBoxVectors", Row("A", ("x", x), ("y", 0), ("z", 0)), Row("B", ("x", 0), ("y", y), ("z", 0)),
                Row("C", ("x", 0), ("y", 0), ("z", z))),
            new XElement("Particles", system.Masses.Select(m => Row("Particle", ("mass", m))), system.VirtualSites.Select(s =>
                new XElement("Particle", new XAttribute("mass", 0), Row("ThreeParticleAverageSite", ("p1", s.A), ("p2", s.B), ("p3", s.C),
                    ("w1", s.WeightA), ("w2", s.WeightB), ("w3", s.WeightC))))),
            new XElement("Constraints", system.Constraints.Select(c => Row("Constraint", ("p1", c.I), ("p2", c.J), ("d", c.Length)))),
                forces);
        return new XDocument(new XDeclaration("1.0", null, null), root).ToString();
    }

    private static XElement Nonbonded(ClassicalSystem system, double ewaldTolerance)
    {
        NonbondedReach reach = system.Reach;
        return Force("NonbondedForce", 4,
            [("method", reach.Cutoff is null ? 0 : reach.Box is null ? 1 : reach.IsEwald ? ParticleMeshEwald : 2), ("cutoff", reach.Cutoff
                ?? 1),
                ("useSwitchingFunction", reach.SwitchDistance is null ? 0 : 1),
             ("switchingDistance", reach.SwitchDistance ?? -1), ("ewaldTolerance", ewaldTolerance), ("rfDielectric",
                 reach.ReactionFieldDielectric),
                 ("dispersionCorrection", reach.HasDispersionCorrection ? 1 : 0),
             ("includeDirectSpace", 1), ("alpha", 0), ("nx", 0), ("ny", 0), ("nz", 0), ("ljAlpha", 0), ("ljnx", 0), ("ljny", 0),
                 ("ljnz", 0), ("recipForceGroup", -1), ("exceptionsUsePeriodic", 0)],
            new XElement("GlobalParameters"), new XElement("ParticleOffsets"), new XElement("ExceptionOffsets"),
            new XElement("Particles", system.Particles.Select(p => Row("Particle", ("q", p.Charge), ("sig", p.Sigma), ("eps", p.Epsilon)))),
            new XElement("Exceptions", system.Exceptions.Select(e => Row("Exception", ("p1", e.I), ("p2", e.J), ("q", e.ChargeProduct),
                ("sig", e.Sigma), ("eps", e.Epsilon)))));
    }

    private static XElement Obc2(ClassicalSystem system, GeneralizedBornParameters born) => Force("GBSAOBCForce", 2,
        [("method", 0), ("cutoff", 1), ("soluteDielectric", born.SoluteDielectric), ("solventDielectric", born.SolventDielectric),
            ("surfaceAreaEnergy", born.SurfaceTension)],
        new XElement("Particles", system.Particles.Select((p, i) => Row("Particle", ("q", p.Charge), ("r", born.Radii[i]),
            ("scale", born.Scales[i])))));

    /// <summary>OpenMM knows all models but OBC II as a CustomGBForce only: the expressions are those of its customgbforces.py.</summary>
    private static XElement CustomBorn(ClassicalSystem system, GeneralizedBornParameters born)
    {
        bool hasNecks = born.Model.NeckScale() != 0;
        double[] radii = [.. born.Radii.Distinct().Order()];
        string prefactor = Number(EngineParameters.CoulombConstant * (1 / born.SoluteDielectric - 1 / born.SolventDielectric)),
            offset = Number(born.Model.Offset()), reach = Number(Math.Round(born.Model.Offset() + GeneralizedBorn.Probe, 7));
        string neck = $"Ivdw+{Number(born.Model.NeckScale())}*Ineck; {NeckIntegral}; radius1=or1+{offset}; radius2=or2+{offset}; Ivdw=";
        string curve = hasNecks ? "alpha*psi-beta*psi^2+gamma*psi^3" : "0.8*psi+2.909125*psi^3";
        string[] parameters = ["q", "or", "sr", .. hasNecks ? s_neckParameters : []];
        return Force("CustomGBForce", 2, [("method", 0), ("cutoff", 1)],
            new XElement("PerParticleParameters", parameters.Select(p => Name("Parameter", p))),
            new XElement("GlobalParameters"), new XElement("EnergyParameterDerivatives"),
            new XElement("ComputedValues",
                Expression("Value", (hasNecks ? neck : "") + BornIntegral, 2, "I"),
                Expression("Value", $"1/(1/or-tanh({curve})/(or+{offset})); psi=I*or", 0, "B")),
            new XElement("EnergyTerms",
                Expression("Term", $"-0.5*{prefactor}*q^2/B", 0),
                Expression("Term", $"{Number(4 * Math.PI * born.SurfaceTension)}*(or+{reach})^2*((or+{offset})/B)^6", 0),
                Expression("Term", $"-{prefactor}*q1*q2/sqrt(r^2+B1*B2*exp(-r^2/(4*B1*B2)))", 2)),
            new XElement("Particles", system.Particles.Select((p, i) =>
            {
                double rho = born.Radii[i] - born.Model.Offset();
                BornCoefficients c = born.CoefficientsOf(i);
                double[] neckValues = hasNecks ? [c.Alpha, c.Beta, c.Gamma, Array.IndexOf(radii, born.Radii[i])] : [],
                    values = [p.Charge, rho, born.Scales[i] * rho, .. neckValues];
                return Row("Particle", [.. values.Select((v, n) => ($"param{n + 1}", v))]);
            })),
            new XElement("Exclusions"),
            new XElement("Functions", hasNecks ? [Table("getd0", radii, m => m.Place), Table("getm0", radii, m => m.Height)] : s_noTables));
    }

    /// <summary>A function of two indices of radii; the first, that of the atom whose integral it is, runs fastest.</summary>
    private static XElement Table(string name, double[] radii, Func<NeckMaximum, double> value) =>
        new XElement("Function", new XAttribute("name", name), new XAttribute("type", "Discrete2DFunction"), new XAttribute("version", 1),
            new XAttribute("xsize", radii.Length), new XAttribute("ysize", radii.Length),
            new XElement("Values",
                radii.SelectMany(other => radii.Select(own => Row("Value", ("v", value(NeckTable.Maximum(own, other))))))));

    private static XElement Restraints(ClassicalSystem system) => Force("CustomExternalForce", 1, [],
        new XElement("PerParticleParameters", Name("Parameter", "k"), Name("Parameter", "x0"), Name("Parameter", "y0"),
            Name("Parameter", "z0")), new XElement("GlobalParameters"),
        new XElement("Particles", system.Restraints.Select(r => Row("Particle", ("index", r.Atom), ("param1", r.K), ("param2", r.X),
            ("param3", r.Y), ("param4", r.Z)))))
        .With("energy", RestraintExpression);

    private static void Add(XElement forces, string type, int version, string list, IEnumerable<XElement> rows, (string, double) attribute)
    {
        XElement[] all = [.. rows];
        if (all.Length > 0)
            forces.Add(Force(type, version, [attribute], new XElement(list, all)));
    }

    private static XElement Force(string type, int version, (string, double)[] attributes, params object[] content)
    {
        var force = new XElement("Force", new XAttribute("type", type), new XAttribute("name", type), new XAttribute("version", version),
            content);
        foreach ((string name, double value) in attributes)
            force.SetAttributeValue(name, Number(value));
        return force;
    }

    private static XElement Row(string name, params (string Name, double Value)[] attributes) =>
        new(name, attributes.Select(a => new XAttribute(a.Name, Number(a.Value))));

    private static XElement Name(string element, string name) => new(element, new XAttribute("name", name));

    private static XElement Expression(string element, string expression, int type, string? name = null) =>
        new XElement(element, new XAttribute("expression", expression), new XAttribute("type", type)).With("name", name);

    private static XElement With(this XElement element, string name, string? value)
    {
        element.SetAttributeValue(name, value);
        return element;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // ------------------------------------------------------------------------------------------------------------- reading

    /// <summary>Reads a System.</summary>
    /// <param name="xml">The text.</param>
    /// <param name="source">Its name for errors.</param>
    /// <exception cref="InvalidDataException">Not a System, or with something that a classical system cannot hold; one line.</exception>
    public static ClassicalSystem Read(string xml, string source = "System XML")
    {
        XElement root;
        try
        {
            PlainXml.Check(new StringReader(xml));
            root = XDocument.Parse(xml, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"{source}, line {e.LineNumber}: {e.Message}");
        }
        if (root.Name.LocalName != "System")
            throw new InvalidDataException($"{source}: <{root.Name.LocalName}> where <System> is expected");
        XElement[] particles = [.. List(root, "Particles")];
        int atoms = particles.TakeWhile(p => !p.HasElements).Count();
        var system = new ClassicalSystem { Masses = [.. particles.Take(atoms).Select(p => Real(p, "mass", source))] };
        system = system with { VirtualSites = [.. particles.Skip(atoms).Select(p => Site(p, atoms, source))] };
        system = system with
        {
            Constraints = [.. List(root, "Constraints").Select(c => new ConstraintPair(
                Whole(c, "p1", 0, system.AtomCount - 1, "names particle", source),
                Whole(c, "p2", 0, system.AtomCount - 1, "names particle", source), Real(c, "d", source)))],
        };
        foreach (XElement force in List(root, "Forces"))
            system = Read(system, root, force, source);
        if (system.ImplicitSolvent is { } solvent && solvent.Radii.Count != system.AtomCount)
            throw new InvalidDataException($"{source}: the implicit solvent has {solvent.Radii.Count} particles; there are {system.AtomCount}");
        if (new HeldDistances(system).Odd is not null)
            throw Unsupported(source, root.Element("Constraints")!,
                "constraints but bonds to one atom and those of rigid three-site waters, alike and behind all else");
        return system.Particles.Count == 0 || system.Particles.Count == particles.Length ? system
            : throw new InvalidDataException(
                $"{source}: NonbondedForce has {system.Particles.Count} particles; there are {particles.Length}");
    }

    /// <summary>A mean of three atoms, behind all of them.</summary>
    private static VirtualSite Site(XElement particle, int atoms, string source)
    {
        if (particle.Element("ThreeParticleAverageSite") is not { } site || Real(particle, "mass", source) != 0)
            throw Unsupported(source, particle, "virtual sites but means of three atoms that stand behind all atoms");
        int Atom(string name) => Whole(site, name, 0, atoms - 1, "names particle", source);
        return new(Atom("p1"), Atom("p2"), Atom("p3"), Real(site, "w1", source), Real(site, "w2", source), Real(site, "w3", source));
    }

    private static ClassicalSystem Read(ClassicalSystem system, XElement root, XElement force, string source)
    {
        double R(XElement e, string name) => Real(e, name, source);
        int A(XElement e, string name) => Whole(e, name, 0, system.AtomCount - 1, "names particle", source);
        int Any(XElement e, string name) => Whole(e, name, 0, system.AtomCount + system.VirtualSites.Count - 1, "names particle",
            source);
        string type = force.Attribute("type")?.Value ?? "";
        switch (type)
        {
            case "HarmonicBondForce":
                return system with { Bonds = [.. system.Bonds, .. List(force, "Bonds").Select(b => new HarmonicBondParameters(A(b, "p1"),
                    A(b, "p2"), R(b, "d"), R(b, "k")))] };
            case "HarmonicAngleForce":
                return system with { Angles =
                    [.. system.Angles, .. List(force, "Angles").Select(a => new HarmonicAngleParameters(A(a, "p1"), A(a, "p2"), A(a, "p3"),
                    R(a, "a"), R(a, "k")))] };
            case "PeriodicTorsionForce":
                return system with
                {
                    Torsions = [.. system.Torsions, .. List(force, "Torsions").Select(t =>
                        new PeriodicTorsionParameters(A(t, "p1"), A(t, "p2"), A(t, "p3"), A(t, "p4"),
                            Whole(t, "periodicity", 1, PeriodicTorsion.HighestPeriodicity, "has the periodicity", source), R(t, "phase"),
                            R(t, "k")))],
                };
            case "NonbondedForce" when system.Particles.Count == 0:
                return system with
                {
                    Particles = [.. List(force, "Particles").Select(p => new NonbondedParticle(R(p, "q"), R(p, "sig"), R(p, "eps")))],
                    Exceptions = [.. List(force, "Exceptions").Select(e => new ExceptionPair(Any(e, "p1"), Any(e, "p2"), R(e, "q"),
                        R(e, "sig"), R(e, "eps")))],
                    Reach = Reach(root, force, source),
                };
            case "GBSAOBCForce" when system.ImplicitSolvent is null && R(force, "method") == 0:
                return system with
                {
                    ImplicitSolvent = new(BornModel.Obc2, [.. List(force, "Particles").Select(p => R(p, "r"))],
                        [.. List(force, "Particles").Select(p => R(p, "scale"))],
                        R(force, "soluteDielectric"), R(force, "solventDielectric"), R(force, "surfaceAreaEnergy")),
                };
            case "CustomExternalForce" when force.Attribute("energy")?.Value == RestraintExpression:
                return system with
                {
                    Restraints = [.. system.Restraints,
                        .. List(force, "Particles").Select(p => new PositionRestraintParameters(A(p, "index"), R(p, "param1"),
                        R(p, "param2"), R(p, "param3"), R(p, "param4")))],
                };
            case "AndersenThermostat" or "MonteCarloBarostat" or "MonteCarloAnisotropicBarostat" or "MonteCarloMembraneBarostat" or "MonteCarloFlexibleBarostat":
                throw new InvalidDataException($"{source}, line {((IXmlLineInfo)force).LineNumber}: {OpenMMBath.Remedy(type)}");
            case "CMMotionRemover": // not a potential
                return system;
            default:
                throw Unsupported(source, force, type.Length > 0 ? type : "a force without type");
        }
    }

    private static NonbondedReach Reach(XElement root, XElement force, string source)
    {
        int method = (int)Real(force, "method", source);
        if (method > ParticleMeshEwald)
            throw Unsupported(source, force, "Ewald summation of Lennard-Jones (LJPME)");
        if (method == 0)
            return NonbondedReach.Unlimited;
        bool isEwald = method is Ewald or ParticleMeshEwald, isPeriodic = isEwald || method == 2;
        if (Real(force, "dispersionCorrection", source) != 0 && method == 2)
            throw Unsupported(source, force, "a long-range dispersion correction");
        XElement box = root.Element("PeriodicBoxVectors") ?? throw new InvalidDataException($"{source}: no <PeriodicBoxVectors>");
        double Edge(string vector, string component) =>
            Real(box.Element(vector) ?? throw new InvalidDataException($"{source}: no box vector {vector}"), component, source);
        if (isPeriodic && (Edge("B", "x") != 0 || Edge("C", "x") != 0 || Edge("C", "y") != 0))
            throw Unsupported(source, box, "a box that is not rectangular");
        return new(Real(force, "cutoff", source), Real(force, "useSwitchingFunction", source) != 0 ? Real(force, "switchingDistance",
            source) : null, Real(force, "rfDielectric", source),
            isPeriodic ? new RectangularBox(Edge("A", "x"), Edge("B", "y"), Edge("C", "z")) : null)
        {
            IsEwald = isEwald,
            HasDispersionCorrection = isEwald && Real(force, "dispersionCorrection", source) != 0,
        };
    }

    /// <summary>A whole number in a range.</summary>
    private static int Whole(XElement element, string attribute, int least, int most, string what, string source)
    {
        double value = Real(element, attribute, source);
        return value >= least && value <= most && value == Math.Floor(value) ? (int)value
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
            $"{source}, line {((IXmlLineInfo)element).LineNumber}: <{element.Name.LocalName}> {what} {value}; {(most < least ? "there is none" : $"it must lie between {least} and {most}")}"));
    }

    private static IEnumerable<XElement> List(XElement parent, string name) => parent.Element(name)?.Elements() ?? [];

    private static double Real(XElement element, string attribute, string source) =>
        double.TryParse(element.Attribute(attribute)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value
            : throw new InvalidDataException($"{source}, line {((IXmlLineInfo)element).LineNumber}: <{element.Name.LocalName}> needs a number as {attribute}, not '{element.Attribute(attribute)?.Value}'");

    private static InvalidDataException Unsupported(string source, XElement element, string what) =>
        new($"{source}, line {((IXmlLineInfo)element).LineNumber}: the engine has no {what}; the system runs on OpenMM (--backend openmm)");
}
