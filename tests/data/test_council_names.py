"""What councils call themselves: every one is found, and none is taken for another."""

import pytest

from highneeds.batch.areas import areas_by_level
from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.geography import Geography

# What each of the 153 councils calls itself, by its DfE code.
COUNCILS = """
201 City of London Corporation
202 London Borough of Camden
203 Royal Borough of Greenwich
204 London Borough of Hackney
205 London Borough of Hammersmith & Fulham
206 London Borough of Islington
207 Royal Borough of Kensington and Chelsea
208 London Borough of Lambeth
209 London Borough of Lewisham
210 London Borough of Southwark
211 London Borough of Tower Hamlets
212 London Borough of Wandsworth
213 City of Westminster
301 London Borough of Barking and Dagenham
302 London Borough of Barnet
303 London Borough of Bexley
304 London Borough of Brent
305 London Borough of Bromley
306 London Borough of Croydon
307 London Borough of Ealing
308 London Borough of Enfield
309 London Borough of Haringey
310 London Borough of Harrow
311 London Borough of Havering
312 London Borough of Hillingdon
313 London Borough of Hounslow
314 Royal Borough of Kingston upon Thames
315 London Borough of Merton
316 London Borough of Newham
317 London Borough of Redbridge
318 London Borough of Richmond upon Thames
319 London Borough of Sutton
320 London Borough of Waltham Forest
330 Birmingham City Council
331 Coventry City Council
332 Dudley Metropolitan Borough Council
333 Sandwell Metropolitan Borough Council
334 Solihull Metropolitan Borough Council
335 Walsall Metropolitan Borough Council
336 City of Wolverhampton Council
340 Knowsley Metropolitan Borough Council
341 Liverpool City Council
342 St Helens Council
343 Sefton Metropolitan Borough Council
344 Wirral Borough Council
350 Bolton Metropolitan Borough Council
351 Bury Metropolitan Borough Council
352 Manchester City Council
353 Oldham Metropolitan Borough Council
354 Rochdale Metropolitan Borough Council
355 Salford City Council
356 Stockport Metropolitan Borough Council
357 Tameside Metropolitan Borough Council
358 Trafford Metropolitan Borough Council
359 Wigan Metropolitan Borough Council
370 Barnsley Metropolitan Borough Council
371 City of Doncaster Council
372 Rotherham Metropolitan Borough Council
373 Sheffield City Council
380 City of Bradford Metropolitan District Council
381 Calderdale Metropolitan Borough Council
382 Kirklees Council
383 Leeds City Council
384 Wakefield Metropolitan District Council
390 Gateshead Metropolitan Borough Council
391 Newcastle City Council
392 North Tyneside Council
393 South Tyneside Council
394 Sunderland City Council
420 Council of the Isles of Scilly
800 Bath and North East Somerset Council
801 Bristol City Council
802 North Somerset Council
803 South Gloucestershire Council
805 Hartlepool Borough Council
806 Middlesbrough Borough Council
807 Redcar and Cleveland Borough Council
808 Stockton-on-Tees Borough Council
810 Hull City Council
811 East Riding of Yorkshire Council
812 North East Lincolnshire Council
813 North Lincolnshire Council
815 North Yorkshire Council
816 City of York Council
821 Luton Borough Council
822 Bedford Borough Council
823 Central Bedfordshire Council
825 Buckinghamshire Council
826 Milton Keynes City Council
830 Derbyshire County Council
831 Derby City Council
838 Dorset Council
839 Bournemouth, Christchurch and Poole Council
840 Durham County Council
841 Darlington Borough Council
845 East Sussex County Council
846 Brighton and Hove City Council
850 Hampshire County Council
851 Portsmouth City Council
852 Southampton City Council
855 Leicestershire County Council
856 Leicester City Council
857 Rutland County Council
860 Staffordshire County Council
861 Stoke-on-Trent City Council
865 Wiltshire Council
866 Swindon Borough Council
867 Bracknell Forest Council
868 Royal Borough of Windsor and Maidenhead
869 West Berkshire Council
870 Reading Borough Council
871 Slough Borough Council
872 Wokingham Borough Council
873 Cambridgeshire County Council
874 Peterborough City Council
876 Halton Borough Council
877 Warrington Borough Council
878 Devon County Council
879 Plymouth City Council
880 Torbay Council
881 Essex County Council
882 Southend-on-Sea City Council
883 Thurrock Council
884 Herefordshire Council
885 Worcestershire County Council
886 Kent County Council
887 Medway Council
888 Lancashire County Council
889 Blackburn with Darwen Borough Council
890 Blackpool Borough Council
891 Nottinghamshire County Council
892 Nottingham City Council
893 Shropshire Council
894 Telford & Wrekin Council
895 Cheshire East Council
896 Cheshire West and Chester Council
908 Cornwall Council
916 Gloucestershire County Council
919 Hertfordshire County Council
921 Isle of Wight Council
925 Lincolnshire County Council
926 Norfolk County Council
929 Northumberland County Council
931 Oxfordshire County Council
933 Somerset Council
935 Suffolk County Council
936 Surrey County Council
937 Warwickshire County Council
938 West Sussex County Council
940 North Northamptonshire Council
941 West Northamptonshire Council
942 Cumberland Council
943 Westmorland and Furness Council
"""
# Councils that a reorganisation ended, or left with another name and the same code.
FORMER = """
820 Bedfordshire County Council
825 Buckinghamshire County Council
835 Dorset County Council
836 Borough of Poole
837 Bournemouth Borough Council
875 Cheshire County Council
909 Cumbria County Council
928 Northamptonshire County Council
815 North Yorkshire County Council
933 Somerset County Council
865 Wiltshire County Council
"""
OTHER_FORMS = """
202 London Borough Camden
202 Camden LBC
202 LB Camden
203 RB Greenwich
207 The Royal Borough of Kensington & Chelsea
213 Westminster City Council
301 The Council of the London Borough of Barking & Dagenham
333 Sandwell MBC
342 St. Helens Metropolitan Borough Council
344 Metropolitan Borough of Wirral
380 Bradford Council
384 Council of the City of Wakefield
394 City of Sunderland
420 Isles of Scilly Council
801 City and County of Bristol
810 Kingston-upon-Hull City Council
816 City of York
822 Bedford UA
838 Dorset Council
840 DURHAM COUNTY COUNCIL
868 Royal Borough of Windsor and Maidenhead Council
882 Southend City Council
884 Herefordshire County Council
886 Kent CC
886 kent county council
894 Borough of Telford and Wrekin
908 Cornwall County Council
"""
# Each is near two areas, or a kind of council that the area of that name is not.
CONFUSED = {
    "Derby County Council": ("Derby (831)", "Derbyshire (830)"),
    "Derbyshire City Council": ("Derbyshire (830)",),
    "Nottingham County Council": ("Nottingham (892)", "Nottinghamshire (891)"),
    "Leicester County Council": ("Leicester (856)", "Leicestershire (855)"),
    "Dorset CC": ("Dorset (838)", "Dorset (835, abolished 2019)"),
    "Dorset City Council": ("Dorset (838)",),
    "Durham City Council": ("County Durham (840)",),
    "Newcastle Borough Council": ("Newcastle upon Tyne (391)",),
    "London Council": ("City of London (201)",),
    "London Borough of London": ("City of London (201)",),
    "Metropolitan Borough of Camden": ("Camden (202)",),
    "London Borough of Leeds": ("Leeds (383)",),
    "North East Council": ("North East (E12000001)",),
    "England Council": ("England (E92000001)",),
    "Lincoln City Council": ("Lincolnshire (925)",),
    "Kent (887)": ("Kent (886)",),
    "Kingston Council": ("Kingston upon Thames (314)", "Kingston upon Hull, City of (810)"),
}


@pytest.fixture(scope="module")
def geography():
    return Geography.load()


def listed(text):
    return [line.split(" ", 1) for line in text.strip().splitlines()]


def test_the_councils_listed_are_all_there_are(geography):
    codes = [code for code, _ in listed(COUNCILS)]
    assert codes == [area.la_code for area in geography.authorities(2025)]
    assert len(codes) == 153


@pytest.mark.parametrize(
    ("code", "name"), [*listed(COUNCILS), *listed(FORMER), *listed(OTHER_FORMS)]
)
def test_a_council_is_found_by_what_it_calls_itself(geography, code, name):
    assert geography.find(name).la_code == code
    # A reader of published files is as able as a person's question.
    assert geography.from_name(name).la_code == code


@pytest.mark.parametrize(("name", "nearest"), CONFUSED.items())
def test_a_name_that_may_be_another_s_is_refused_with_both(geography, name, nearest):
    with pytest.raises(UsageError) as refused:
        geography.find(name)
    for area in nearest:
        assert area in str(refused.value)


@pytest.mark.parametrize("name", ["", " ", "Council", "the council of the", "of", "()"])
def test_words_that_name_nothing_are_refused(geography, name):
    with pytest.raises(UsageError, match="No area is called"):
        geography.find(name)


def test_every_area_is_found_as_it_is_printed(geography):
    for area in geography.areas.values():
        assert geography.find(str(area)) is area
        assert geography.find(area.dated) is area
    assert sum(area.abolished for area in geography.areas.values()) > 5


def test_a_comparable_area_is_found_as_it_is_printed(geography):
    from highneeds.panel.panel import load_panel

    known = load_panel().harmonised("merge").geography
    for outline in geography.comparable_areas:
        assert known.find(str(outline)).la_code == outline.key
    assert len(geography.comparable_areas) > 3


def test_the_hint_printed_is_accepted_back(capsys):
    assert main(["geography", "Kingston Council"]) == 2
    said = capsys.readouterr().err
    hint = said.split("Nearest: ")[1].split("), ")[0] + ")"
    assert main(["geography", hint]) == 0
    assert capsys.readouterr().out.startswith("Kingston upon Thames\n")


def test_a_batch_takes_councils_with_commas_between_and_in_their_names():
    asked = "Bournemouth, Christchurch and Poole Council, Kent County Council"
    found, faults = areas_by_level([asked], {"la": "01"})
    assert [area.la_code for area in found["la"]] == ["839", "886"]
    assert faults == []
